import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nivesh } from '../../environments/catalog';
import { catalogReferences } from '../../lib/catalog';
import { type Platform, resolveTools, startPlatform } from '../../lib/embedded';
import { openStack, type PulumiStack } from '../../lib/embedded/pulumi';
import { packageRoot } from '../../lib/package-root';
import { readCertificates } from '../../lib/sealing/certificate';
import type { FieldValues } from '../../lib/sealing/variable-values';
import { environmentProgram } from '../../lib/stack';
import { niveshObjects } from '../../stacks/workloads';
import { makeKeyPair } from '../sealing/support';
import { codeBlocks } from '../support/documentation';
import { niveshEdge, sealNivesh } from '../support/sealed-nivesh';
import { secretData, waitUntil } from './support/cluster';

jest.setTimeout(300_000);

/** Nivesh in a cluster without Vault, sealed before the controller was there, as docs/sealing.md says. */
describe('a stack of sealed values, with a key pair of our own', () => {
  const root = mkdtempSync(join(tmpdir(), 'sealed-stack-'));
  const before = process.cwd();
  const [backupBlock = '', keyPairBlock = ''] = codeBlocks('sealing.md', 'bash');
  let platform: Platform;
  let stack: PulumiStack;
  let certificate: string;
  let values: FieldValues;

  const run = async (script: string): Promise<string> => {
    const { kubectl } = await resolveTools(['kubectl']);
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
      cwd: root,
      encoding: 'utf8',
      env: {
        PATH: `${dirname(kubectl.path)}:${process.env.PATH ?? ''}`,
        HOME: root,
        KUBECONFIG: join(root, 'kubeconfig'),
      },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    platform = await startPlatform({ directory: join(root, 'platform'), sealedSecrets: true });
    const kubeconfig = readFileSync(platform.kubeconfigPath, 'utf8').replaceAll(
      'nivesh-secrets-embedded',
      'edge-admin',
    );
    writeFileSync(join(root, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    mkdirSync(join(root, 'environments'));
    await run(keyPairBlock);
    certificate = readFileSync(join(root, 'environments/edge.pem'), 'utf8');
    values = await sealNivesh(root, niveshEdge(certificate, true));
    process.chdir(root);
    stack = await open();
  });

  afterAll(async () => {
    process.chdir(before);
    await platform.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const open = async (): Promise<PulumiStack> => {
    const { pulumi } = await resolveTools(['pulumi']);
    return await openStack({
      directory: join(root, 'pulumi'),
      engine: pulumi.path,
      projectName: 'nivesh-secrets',
      stackName: 'edge',
      program: async () => ({ ...(await environmentProgram([niveshEdge(certificate, true)], niveshObjects)({})) }),
      config: {
        'nivesh-secrets:kubeconfig': join(root, 'kubeconfig'),
        'nivesh-secrets:installedOperators': 'sealed-secrets',
      },
    });
  };

  it('delivers to every workload exactly its variables, with the sealed values', async () => {
    const { created } = await stack.up();
    expect(created).toBeGreaterThan(Object.keys(nivesh.workloads).length * 3);
    for (const [workload, { env }] of Object.entries(nivesh.workloads)) {
      const delivered = await secretData(platform, nivesh, workload);
      expect(Object.keys(delivered).sort()).toEqual(Object.keys(env).sort());
      for (const { variable, reference, derived } of catalogReferences(nivesh).filter(
        (one) => one.workload === workload,
      )) {
        const value = values.get(reference.id)?.reveal() ?? '';
        expect(value).not.toBe('');
        expect(derived ? delivered[variable]?.includes(value) : delivered[variable] === value).toBe(true);
      }
    }
  });

  it('rolls its workloads out', async () => {
    await waitUntil('the backend is available', 60_000, async () => {
      const found = await platform.kubernetes.get('apps/v1', 'Deployment', 'nivesh-backend', 'nivesh');
      const { replicas } = found?.spec as { replicas: number };
      return (found?.status as { availableReplicas?: number }).availableReplicas === replicas;
    });
  });

  it('changes nothing the second time', async () => {
    const { created, updated, replaced, deleted } = await stack.up();
    expect({ created, updated, replaced, deleted }).toEqual({ created: 0, updated: 0, replaced: 0, deleted: 0 });
  });

  it('has no value and no private key in its state', async () => {
    const state = JSON.stringify(await stack.exportState());
    for (const [id, value] of values) {
      if (!id.endsWith('username')) {
        expect(state).not.toContain(value.reveal());
      }
    }
    expect(state).not.toContain('PRIVATE KEY');
  });

  it('has its keys backed up as the page says', async () => {
    const recovery = await makeKeyPair({ bits: 4096 });
    writeFileSync(join(root, 'recovery.pem'), recovery.certificate);
    writeFileSync(join(root, 'recovery.key'), recovery.pem, { mode: 0o600 });
    const output = await run(backupBlock.replace('tools/', `${join(packageRoot(), 'tools')}/`));
    // The controller made one before ours was there, for it was running already.
    expect(output).toMatch(/^sealing-keys\.cms: 2 keys, /);
    const list = await run('openssl cms -decrypt -inform PEM -in sealing-keys.cms -inkey recovery.key');
    const [ours] = readCertificates(certificate, 'ours');
    const backedUp = [...list.matchAll(/tls\.crt: (\S+)/g)].flatMap(([, text = '']) =>
      readCertificates(Buffer.from(text, 'base64').toString(), 'backup').map(({ id }) => id),
    );
    expect(backedUp).toContain(ours?.id);
  });

  it('takes everything away again', async () => {
    await stack.destroy();
    await waitUntil('the Secrets are gone', 60_000, async () => {
      const left = await platform.kubernetes.list('v1', 'Secret', 'nivesh');
      return left.length === 0;
    });
  });
});
