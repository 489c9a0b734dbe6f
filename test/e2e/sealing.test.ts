import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SealingScope } from '../../lib/catalog';
import { type Platform, resolveTools, startPlatform } from '../../lib/embedded';
import { SealedDelivery } from '../../lib/kubernetes/sealed-delivery';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { readCertificates } from '../../lib/sealing/certificate';
import { openValue, sealValue } from '../../lib/sealing/format';
import { encryptionLabel, type SealedIdentity } from '../../lib/sealing/scope';
import { sealedSecretObject } from '../../lib/sealing/sealed-secret';
import { readSealedFolder } from '../../lib/sealing/sealed-folder';
import { packageRoot } from '../../lib/package-root';
import { daysFromNow, edge, type KeyPair, makeKeyPair, shop } from '../sealing/support';
import { synthesize, testChart } from '../support/objects';
import { SealedProject } from '../support/sealed-project';
import { waitUntil } from './support/cluster';

jest.setTimeout(180_000);

const scopes: readonly SealingScope[] = ['strict', 'namespace-wide', 'cluster-wide'];
const values: readonly (readonly [string, Buffer])[] = [
  ['empty', Buffer.alloc(0)],
  ['short', randomBytes(12)],
  // The largest that a Secret may hold.
  ['1 MiB', randomBytes(1024 * 1024)],
  ['binary', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
];
const combinations = scopes.flatMap((scope) => values.map(([name, value]) => [scope, name, value] as const));

const place: SealedIdentity = { namespace: 'shop', name: 'shop-secret' };

function sealedObject(pem: string, scope: SealingScope, identity: SealedIdentity, value: Buffer): KubernetesObject {
  const [certificate] = readCertificates(pem, 'test');
  if (!certificate) {
    throw new Error('the test has no certificate');
  }
  const sealed = sealValue(certificate.publicKey, encryptionLabel(scope, identity), value);
  return sealedSecretObject(identity, scope, { VALUE: sealed }) as unknown as KubernetesObject;
}

function valueOf(secret: KubernetesObject | undefined): Buffer | undefined {
  const data = (secret?.data ?? {}) as Record<string, string | null>;
  // kubeseal prints no bytes as null.
  return 'VALUE' in data ? Buffer.from(data.VALUE ?? '', 'base64') : undefined;
}

describe('the format, against the real kubeseal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealing-'));
  const file = (name: string): string => join(folder, name);
  let pair: KeyPair;
  let kubeseal: string;

  beforeAll(async () => {
    pair = await makeKeyPair({ bits: 4096 });
    writeFileSync(file('key.pem'), pair.pem, { mode: 0o600 });
    writeFileSync(file('certificate.pem'), pair.certificate);
    kubeseal = (await resolveTools(['kubeseal'])).kubeseal.path;
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const unseal = (object: unknown) =>
    spawnSync(kubeseal, ['--recovery-unseal', '--recovery-private-key', file('key.pem')], {
      input: JSON.stringify(object),
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });

  it.each(combinations)('%s, %s: what we seal opens with kubeseal --recovery-unseal', (scope, _, value) => {
    const { status, stdout } = unseal(sealedObject(pair.certificate, scope, place, value));
    expect(status).toBe(0);
    const secret = JSON.parse(stdout) as KubernetesObject;
    expect(secret.metadata).toMatchObject(place);
    expect(valueOf(secret)?.equals(value)).toBe(true);
  });

  it.each(combinations)('%s, %s: what kubeseal --raw seals opens with ours', (scope, _, value) => {
    writeFileSync(file('value'), value);
    const sealed = execFileSync(
      kubeseal,
      [
        ...['--raw', '--from-file', file('value'), '--cert', file('certificate.pem')],
        ...['--scope', scope, '--namespace', place.namespace, '--name', place.name],
      ],
      { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
    );
    expect(openValue([pair.privateKey], encryptionLabel(scope, place), sealed).equals(value)).toBe(true);
  });

  it.each(scopes)('%s: a whole Secret that kubeseal seals is the object that we write', (scope) => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: place,
      type: 'Opaque',
      data: { VALUE: randomBytes(8).toString('base64') },
    };
    const output = execFileSync(kubeseal, ['--cert', file('certificate.pem'), '--scope', scope], {
      input: JSON.stringify(secret),
      encoding: 'utf8',
    });
    const theirs = JSON.parse(output) as KubernetesObject;
    const { encryptedData } = theirs.spec as { encryptedData: Record<string, string> };
    expect(theirs).toEqual(sealedSecretObject(place, scope, encryptedData));
    const opened = openValue([pair.privateKey], encryptionLabel(scope, place), encryptedData.VALUE ?? '');
    expect(opened.toString('base64')).toBe(secret.data.VALUE);
  });

  it('the benchmark of docs/benchmarks.md times both, and ours is many times faster', () => {
    const output = file('sealing.json');
    execFileSync('npm', ['run', '--silent', 'bench', '--', 'sealing', '--json', output], {
      cwd: packageRoot(),
      env: { ...process.env, VALUES: '40' },
      stdio: 'pipe',
    });
    const [{ figures = [] } = {}] = JSON.parse(readFileSync(output, 'utf8')) as {
      figures?: { what: string; median: number }[];
    }[];
    expect(figures).toContainEqual(
      expect.objectContaining({ what: 'native, format only, of kubeseal', median: expect.any(Number) as number }),
    );
    expect(figures[0]?.median).toBeLessThan(1 / 20);
  });

  it('fails to open elsewhere, in the words of kubeseal', () => {
    const object = sealedObject(pair.certificate, 'strict', place, randomBytes(8));
    const moved = { ...object, metadata: { ...object.metadata, name: 'other' } };
    const { status, stderr } = unseal(moved);
    expect(status).toBe(1);
    expect(stderr).toContain('no key could decrypt secret (VALUE)');
  });
});

describe('the running controller', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sealing-platform-'));
  let platform: Platform;
  let certificate: string;

  beforeAll(async () => {
    platform = await startPlatform({ directory, sealedSecrets: true, workloads: 'none' });
    certificate = await served();
    for (const name of ['shop', 'other']) {
      await platform.kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'test');
    }
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const served = async (): Promise<string> =>
    await (await fetch(`${platform.sealedSecretsAddress}/v1/cert.pem`)).text();

  const apply = async (object: KubernetesObject): Promise<void> => {
    await platform.kubernetes.apply(object, 'test');
  };

  const secretOf = async ({ name, namespace }: SealedIdentity): Promise<KubernetesObject | undefined> =>
    await platform.kubernetes.get('v1', 'Secret', name, namespace);

  /** Condition `Synced` of a SealedSecret, once the controller has looked at it as it is now. */
  const synced = async ({ name, namespace }: SealedIdentity): Promise<string> => {
    let text = '';
    await waitUntil(`the controller looks at ${namespace}/${name}`, 30_000, async () => {
      const object = await platform.kubernetes.get('bitnami.com/v1alpha1', 'SealedSecret', name, namespace);
      const { conditions = [], observedGeneration } = (object?.status ?? {}) as {
        conditions?: { type: string; status: string; message?: string }[];
        observedGeneration?: number;
      };
      const condition = conditions.find(({ type }) => type === 'Synced');
      text = condition ? `${condition.status} ${condition.message ?? ''}`.trim() : '';
      return text !== '' && observedGeneration === object?.metadata.generation;
    });
    return text;
  };

  const moved = (object: KubernetesObject, to: SealedIdentity): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, ...to },
  });

  it.each(combinations)('%s, %s: makes a Secret with the value that we sealed', async (scope, name, value) => {
    const identity = { namespace: 'shop', name: `${scope}-${name.toLowerCase().replace(' ', '-')}` };
    await apply(sealedObject(certificate, scope, identity, value));
    expect(await synced(identity)).toBe('True');
    expect(valueOf(await secretOf(identity))?.equals(value)).toBe(true);
  });

  it.each<[SealingScope, string, SealedIdentity, boolean]>([
    ['strict', 'another name', { namespace: 'shop', name: 'strict-renamed' }, false],
    ['strict', 'another namespace', { namespace: 'other', name: 'strict-here' }, false],
    ['namespace-wide', 'another name', { namespace: 'shop', name: 'namespace-wide-renamed' }, true],
    ['namespace-wide', 'another namespace', { namespace: 'other', name: 'namespace-wide-here' }, false],
    ['cluster-wide', 'another name', { namespace: 'shop', name: 'cluster-wide-renamed' }, true],
    ['cluster-wide', 'another namespace', { namespace: 'other', name: 'cluster-wide-here' }, true],
  ])('a %s one moved to %s opens only if its scope allows', async (scope, _, to, opens) => {
    const value = randomBytes(8);
    const object = sealedObject(certificate, scope, { namespace: 'shop', name: `${scope}-here` }, value);
    await apply(moved(object, to));
    expect(await synced(to)).toMatch(opens ? /^True$/ : /^False no key could decrypt secret/);
    expect(valueOf(await secretOf(to))?.equals(value) ?? false).toBe(opens);
  });

  it('says no to a strict value under an annotation that claims a wider scope', async () => {
    const identity = { namespace: 'shop', name: 'claimed' };
    const object = sealedObject(certificate, 'strict', identity, randomBytes(8));
    const annotations = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
    await apply({ ...object, metadata: { ...object.metadata, annotations } });
    expect(await synced(identity)).toMatch(/^False no key could decrypt secret/);
  });

  describe('with a project', () => {
    let project: SealedProject;

    beforeAll(() => {
      project = new SealedProject();
    });

    afterAll(() => {
      project.remove();
    });

    const seal = (...argumentList: string[]): string => {
      const { status, stdout, stderr } = project.seal(['--environment', 'edge', ...argumentList]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    };

    const applyProject = async (pem: string): Promise<void> => {
      const chart = testChart();
      new SealedDelivery(chart, 'Delivery', {
        environment: edge(pem),
        committed: readSealedFolder(project.root, 'edge'),
      });
      for (const object of synthesize(chart)) {
        await apply(object);
      }
    };

    const delivered = async (workload: string): Promise<Record<string, string>> => {
      const identity = { namespace: 'shop', name: `${workload}-secret` };
      expect(await synced(identity)).toBe('True');
      const { data = {} } = ((await secretOf(identity)) ?? {}) as { data?: Record<string, string> };
      return Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
      );
    };

    const renewKey = async (): Promise<string> => {
      const before = await served();
      const controller = (await platform.status()).find(({ component }) => component === 'sealed-secrets-controller');
      process.kill(controller?.pid ?? 0, 'SIGUSR1');
      // The newest is the one whose certificate begins last, to the second.
      await waitUntil('the controller serves another certificate', 30_000, async () => (await served()) !== before);
      return await served();
    };

    it('delivers every variable of every workload, from generated and given values', async () => {
      project.declare(certificate);
      const key = randomBytes(24).toString('base64url');
      const input = JSON.stringify({ 'shop/server': { mail_key: key } });
      project.commit();
      project.seal(['--environment', 'edge', '--generate', '--input', '-', '--keep', 'private/kept.json'], input);
      await applyProject(certificate);
      const kept = JSON.parse(readFileSync(join(project.root, 'private/kept.json'), 'utf8')) as Record<
        string,
        Record<string, string>
      >;
      const { jwt_secret: jwt, jwt_secret_previous: previous } = kept['shop/server'] ?? {};
      const { password } = kept['shop/database'] ?? {};
      expect(await delivered('shop-server')).toEqual({
        MAIL_KEY: key,
        JWT_SECRET: jwt,
        JWT_SECRETS: `${jwt ?? ''},${previous ?? ''}`,
        DATABASE_URL: `postgresql://shop:${password ?? ''}@postgres:5432/shop`,
      });
      expect(await delivered('shop-backup')).toEqual({ POSTGRES_USER: 'shop', POSTGRES_PASSWORD: password });
      expect(seal('--check')).toBe('the sealed values of environment edge are complete\n');
    });

    it('prints the certificate that the controller serves', async () => {
      expect(seal('--fetch-certificate', '--controller', platform.sealedSecretsAddress)).toBe(await served());
    });

    it('fails where the cluster has no Service of the controller, and says where else it may be', () => {
      const argumentList = ['--environment', 'edge', '--fetch-certificate', '--kubeconfig', platform.kubeconfigPath];
      expect(project.seal(argumentList)).toEqual(
        expect.objectContaining({
          status: 3,
          stdout: '',
          stderr:
            'error: there is no Service kube-system/sealed-secrets-controller of the Sealed Secrets controller\n' +
            'fix: check --controller-namespace and --controller-name, or give its address with --controller\n',
        }),
      );
    });

    it('seals everything again for a renewed key, without the values and in the same scope', async () => {
      project.commit();
      const before = Object.fromEntries(
        await Promise.all(Object.keys(shop.workloads).map(async (name) => [name, await delivered(name)] as const)),
      );
      const renewed = await renewKey();
      const refused = project.seal([
        ...['--environment', 'edge', '--reseal'],
        ...['--controller', platform.sealedSecretsAddress],
      ]);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain('the controller seals for another certificate than the newest one');

      const both = `${certificate}${renewed}`;
      project.declare(both);
      expect(seal('--reseal', '--controller', platform.sealedSecretsAddress)).toBe(
        'environments/sealed/edge/shop-server.yaml: sealed again DATABASE_URL, JWT_SECRET, JWT_SECRETS, MAIL_KEY\n' +
          'environments/sealed/edge/shop-backup.yaml: sealed again POSTGRES_PASSWORD, POSTGRES_USER\n',
      );
      expect(project.changed().filter((line) => /^[A-Z_]+$/.test(line))).toHaveLength(6);
      expect(seal('--reseal', '--controller', platform.sealedSecretsAddress)).toBe(
        'every value is sealed for the newest certificate already\n',
      );
      await applyProject(both);
      for (const [workload, data] of Object.entries(before)) {
        expect(await delivered(workload)).toEqual(data);
      }
      // Only the new key opens it, and only in its place.
      const keys = await activeKeys();
      for (const { file } of readSealedFolder(project.root, 'edge').values()) {
        for (const { sealed } of file?.entries.values() ?? []) {
          const label = encryptionLabel('strict', file ?? place);
          expect(() => openValue(keys.slice(0, 1), label, sealed)).toThrow();
          expect(() => openValue(keys, '', sealed)).toThrow();
          expect(openValue(keys, label, sealed).length).toBeGreaterThan(0);
        }
      }
    });

    /** Oldest first. */
    const activeKeys = async (): Promise<KeyObject[]> => {
      const secrets = await platform.kubernetes.list('v1', 'Secret', 'kube-system');
      return secrets
        .filter(({ metadata }) => metadata.labels?.['sealedsecrets.bitnami.com/sealed-secrets-key'] === 'active')
        .map(({ data }) => data as Record<string, string>)
        .map((data) => ({
          begins: readCertificates(Buffer.from(data['tls.crt'] ?? '', 'base64').toString(), 'key')[0]?.notBefore,
          key: createPrivateKey(Buffer.from(data['tls.key'] ?? '', 'base64')),
        }))
        .sort((a, b) => Number(a.begins) - Number(b.begins))
        .map(({ key }) => key);
    };

    describe('and a backup of the keys', () => {
      const folder = mkdtempSync(join(tmpdir(), 'sealing-backup-'));
      const file = (name: string): string => join(folder, name);
      const script = join(packageRoot(), 'tools/backup-sealing-keys.sh');
      let path: string;

      const backUp = (output: string, ...more: string[]) =>
        spawnSync(script, [file('recovery.pem'), file(output), '--kubeconfig', platform.kubeconfigPath, ...more], {
          encoding: 'utf8',
          env: { PATH: path, HOME: directory },
        });

      const decrypt = (): string =>
        execFileSync(
          'openssl',
          ['cms', '-decrypt', '-inform', 'PEM', '-in', file('keys.cms'), '-inkey', file('recovery.key')],
          {
            encoding: 'utf8',
          },
        );

      beforeAll(async () => {
        const { kubectl } = await resolveTools(['kubectl']);
        path = `${dirname(kubectl.path)}:${process.env.PATH ?? ''}`;
        const recovery = await makeKeyPair({ bits: 4096 });
        writeFileSync(file('recovery.pem'), recovery.certificate);
        writeFileSync(file('recovery.key'), recovery.pem, { mode: 0o600 });
      });

      afterAll(() => {
        rmSync(folder, { recursive: true });
      });

      it('holds every key, and only for the holder of the recovery key', async () => {
        const count = (await activeKeys()).length;
        expect(count).toBeGreaterThan(1);
        const { status, stdout, stderr } = backUp('keys.cms');
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        expect(stdout).toBe(
          `${file('keys.cms')}: ${count} keys, for the holder of the private key of ${file('recovery.pem')}\n`,
        );
        const text = readFileSync(file('keys.cms'), 'utf8');
        expect(text).toMatch(/^-----BEGIN CMS-----\n/);
        expect(statSync(file('keys.cms')).mode & 0o777).toBe(0o600);
        expect(readdirSync(folder).sort()).toEqual(['keys.cms', 'recovery.key', 'recovery.pem']);
      });

      it('opens committed values with kubeseal when the cluster is gone', async () => {
        const { kubeseal } = await resolveTools(['kubeseal']);
        writeFileSync(file('keys.yaml'), decrypt(), { mode: 0o600 });
        const committed = readFileSync(join(project.root, 'environments/sealed/edge/shop-backup.yaml'));
        const output = execFileSync(kubeseal.path, ['--recovery-unseal', '--recovery-private-key', file('keys.yaml')], {
          input: committed,
          encoding: 'utf8',
        });
        rmSync(file('keys.yaml'));
        const { data } = JSON.parse(output) as { data: Record<string, string> };
        const live = await secretOf({ namespace: 'shop', name: 'shop-backup-secret' });
        expect(data).toEqual(live?.data);
      });

      it('brings the keys back to a cluster that lost them', async () => {
        const names = async (): Promise<string[]> =>
          (await platform.kubernetes.list('v1', 'Secret', 'kube-system')).map(({ metadata }) => metadata.name).sort();
        const before = await names();
        for (const name of before) {
          await platform.kubernetes.delete('v1', 'Secret', name, 'kube-system');
        }
        expect(await names()).toEqual([]);
        const { kubectl } = await resolveTools(['kubectl']);
        execFileSync(kubectl.path, ['--kubeconfig', platform.kubeconfigPath, 'apply', '-f', '-'], { input: decrypt() });
        expect(await names()).toEqual(before);
        await platform.restart('sealed-secrets-controller');
        await platform.kubernetes.delete('v1', 'Secret', 'shop-backup-secret', 'shop');
        await waitUntil('the controller opens with a restored key', 30_000, async () => {
          return (await secretOf({ namespace: 'shop', name: 'shop-backup-secret' })) !== undefined;
        });
      });

      it.each<[string, () => ReturnType<typeof backUp>, RegExp, number]>([
        ['a file that exists', () => backUp('keys.cms'), /error: .*keys\.cms exists\nfix: name a new file/, 2],
        [
          'a certificate that is none',
          () => {
            writeFileSync(file('recovery.pem'), 'hello');
            return backUp('new.cms');
          },
          /recovery\.pem is no PEM certificate/,
          2,
        ],
      ])('refuses %s and leaves nothing behind', (_, run, message, code) => {
        const before = readdirSync(folder);
        const { status, stderr } = run();
        expect(stderr).toMatch(message);
        expect(status).toBe(code);
        expect(readdirSync(folder)).toEqual(before);
      });
    });

    it('takes a key pair of our own as soon as it is there, and seals for it', async () => {
      const own = await makeKeyPair({ bits: 4096, from: daysFromNow(1) });
      const encode = (text: string): string => Buffer.from(text).toString('base64');
      await apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'our-sealing-key',
          namespace: 'kube-system',
          labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' },
        },
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': encode(own.certificate), 'tls.key': encode(own.pem) },
      });
      const identity = { namespace: 'shop', name: 'own-key' };
      await waitUntil('the controller serves our certificate', 30_000, async () => {
        return readCertificates(await served(), 'served')[0]?.id === readCertificates(own.certificate, 'own')[0]?.id;
      });
      await apply(sealedObject(own.certificate, 'strict', identity, Buffer.from('value')));
      expect(await synced(identity)).toBe('True');
    });
  });
});
