import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment, ExternalSecretsDelivery } from '../../lib/catalog';
import { type Platform, startPlatform } from '../../lib/embedded';
import { packageRoot } from '../../lib/package-root';
import { RotationEngine } from '../../lib/rotation/engine';
import { journalPath, readJournal } from '../../lib/rotation/journal';
import type { RotationMode } from '../../lib/rotation/strategy';
import { loadStrategy } from '../../lib/rotation/strategies';
import { WorkloadDelivery } from '../../lib/rotation/workload-delivery';
import type { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { commandLine } from '../support/command-line';
import { describeKv } from '../support/kv-contract';
import { filesUnder, findValues, watchProcessArguments } from './support/canaries';
import { secretData, waitUntil } from './support/cluster';
import { deliverWithoutPulumi, makeEngine, testEnvironment } from './support/deliver';
import { PodWatch, signingKey, turnCatalog, turnDeployment } from './support/rotated';
import { VaultGate } from './support/vault-gate';

const root = packageRoot();
const id = signingKey.id;
const { path } = signingKey.secret;

interface Run {
  readonly code: number | null;
  readonly output: string;
}

describe('rotation on a real Vault and cluster', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rotation-'));
  const project = mkdtempSync(join(tmpdir(), 'rotation-project-'));
  const processArguments = watchProcessArguments();
  const outputs: string[] = [];
  let platform: Platform;
  let environment: Environment<ExternalSecretsDelivery>;
  let kv: KvEngine;
  let watch: PodWatch;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    kv = await makeEngine(platform, 'secret');
    environment = testEnvironment(platform, turnCatalog);
    await seed(turnCatalog, kv);
    await deliverWithoutPulumi(platform, environment);
    await waitUntil('the Secret is delivered', 60_000, async () => {
      return Object.keys(await secretData(platform, turnCatalog, 'turn-web')).length === 2;
    });
    await platform.kubernetes.apply(turnDeployment, 'test');
    await waitUntil('the pods run', 60_000, async () => {
      const deployment = await platform.kubernetes.get('apps/v1', 'Deployment', 'turn-web', 'turn');
      return (deployment?.status as { readyReplicas?: number } | undefined)?.readyReplicas === 2;
    });
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ 'nivesh-secrets': { environments: 'environments' } }),
    );
    const support = JSON.stringify(join(root, 'test/e2e/support/rotated'));
    writeFileSync(
      join(project, 'environments.ts'),
      `import { turnEnvironment } from ${support};\nexport const environments = [turnEnvironment()];\n`,
    );
  });

  beforeEach(() => {
    watch = new PodWatch(platform);
  });

  afterEach(async () => {
    await watch.stop();
  });

  afterAll(async () => {
    processArguments.stop();
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
    rmSync(project, { recursive: true, force: true });
  });

  /** The command line as a user runs it. */
  function start(options: readonly string[], variables: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, [...commandLine, ...options, '-e', 'turn'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        NODE_PATH: join(root, 'node_modules'),
        KUBECONFIG: platform.kubeconfigPath,
        VAULT_ADDR: platform.vaultAddress,
        VAULT_CACERT: platform.vaultCaCertPath,
        VAULT_TOKEN: readFileSync(platform.vaultRootTokenPath, 'utf8').trim(),
        ...variables,
      },
    });
  }

  async function finished(child: ChildProcess): Promise<Run> {
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    outputs.push(output);
    return { code, output };
  }

  async function run(...options: string[]): Promise<Run> {
    return await finished(start(options));
  }

  /** Goes on at another machine, a minute later: the lease of a run that was killed has ended then. */
  async function resume(mode?: RotationMode): Promise<void> {
    let ahead = 61_000;
    const engine = new RotationEngine({
      environment,
      kv,
      delivery: (guarded, report) =>
        new WorkloadDelivery({ environment, kubernetes: platform.kubernetes, kv: guarded, report, pollMs: 50 }),
      report: (line) => outputs.push(line),
      clock: {
        now: () => new Date(Date.now() + ahead),
        sleep: async (milliseconds) => {
          ahead += milliseconds;
          await Promise.resolve();
        },
      },
      holder: 'another machine',
    });
    const strategy = await loadStrategy(signingKey.declaration.rotation);
    const request = { field: signingKey, strategy, mode, longestWaitMs: 10_000 };
    const plan = await engine.plan(request);
    expect(await engine.check(request, plan)).toEqual([]);
    expect(await engine.rotate(request, plan)).toMatchObject({ done: true });
  }

  /** A service account whose token Vault may ask the API server about. */
  async function serviceAccountToken(name: string, audiences: readonly string[]): Promise<string> {
    const { kubernetes } = platform;
    const metadata = { name, namespace: 'turn' };
    await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, 'test');
    await kubernetes.apply(
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
      'test',
    );
    const { status } = await kubernetes.request<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/turn/serviceaccounts/${name}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences, expirationSeconds: 600 },
      },
    );
    return status.token;
  }

  async function values(): Promise<[used: string, previous: string]> {
    const { data = {} } = (await kv.read(path)) ?? {};
    return [data.signing_key ?? '', data.signing_key_previous ?? ''];
  }

  /** The rotation has ended: nobody has the old values any more, and every pod works with the others. */
  async function expectRotated(old: readonly string[]): Promise<void> {
    const { record } = await readJournal(kv, signingKey);
    expect(record?.finishedAt).toBeDefined();
    const [used, previous] = await values();
    expect(old).not.toContain(used);
    expect(old).not.toContain(previous);
    expect(await secretData(platform, turnCatalog, 'turn-web')).toEqual({
      SIGNING_KEY: used,
      SIGNING_KEY_PREVIOUS: previous,
    });
    expect(watch.refusals).toEqual([]);
  }

  it('shows a plan and changes nothing, then rotates through every phase', async () => {
    const old = await values();
    const planned = await run('rotate', id, '--plan');
    expect(planned.output).toContain('every check passed; nothing was changed');
    expect(planned.code).toBe(0);
    const unasked = await run('rotate', id);
    expect(unasked.output).toContain('nothing was changed: there is no terminal to ask on');
    expect(unasked.code).toBe(2);
    expect(await values()).toEqual(old);
    expect((await kv.readDocument(journalPath(signingKey))).version).toBe(0);
    const looks = watch.looks;
    const rotated = await run('rotate', id, '--yes', '--wait');
    expect(rotated.output).toContain(`${id}: rotated`);
    expect(rotated.code).toBe(0);
    expect(watch.looks - looks).toBeGreaterThan(10);
    await expectRotated(old);
  });

  it('ends a run at a wait; --status and verify show it, and the next run goes on', async () => {
    const old = await values();
    const begun = await run('rotate', id, '--yes', '--json');
    expect(begun.code).toBe(0);
    expect(begun.output).toMatch(/"done": false,\s+"pause": \{\s+"until": /);
    await delay(1000);
    const status = await run('rotate', '--status');
    expect(status.output).toMatch(new RegExp(`^${id} +overlap .*overlap ended .*, go on$`, 'm'));
    const verified = await run('verify', '--json');
    expect(verified.code).toBe(1);
    expect(verified.output).toContain('and the old value is still accepted');
    const due = await run('rotate', '--due', '--yes');
    expect(due.output).toContain(`${id}: rotated`);
    expect(due.code).toBe(0);
    expect((await run('verify', '--json')).output).not.toContain('and the old value is still accepted');
    await expectRotated(old);
  });

  it('is ended by the next run after kill -9 behind every write, and never without a working value', async () => {
    const gate = await VaultGate.start(platform, 'secret');
    const reached: string[] = [];
    try {
      for (let write = 1; ; write++) {
        const old = await values();
        const { record: before } = await readJournal(kv, signingKey);
        const child = start(['rotate', id, '--yes', '--wait'], { VAULT_ADDR: gate.address });
        gate.stopAt(`after ${write}`, () => child.kill('SIGKILL'));
        const { code, output } = await finished(child);
        if (code === 0) {
          break;
        }
        expect({ signal: child.signalCode, output }).toMatchObject({ signal: 'SIGKILL' });
        const { record } = await readJournal(kv, signingKey);
        reached.push(record?.phases.find(({ finishedAt }) => !finishedAt)?.name ?? 'end');
        expect(record?.id).not.toBe(before?.id);
        if (!record?.finishedAt) {
          await resume();
        }
        await expectRotated(old);
      }
    } finally {
      await gate.stop();
    }
    expect(new Set(reached)).toEqual(new Set(['accept', 'sign', 'wait', 'drop', 'end']));
    expect(reached.length).toBeGreaterThan(15);
  }, 900_000);

  it('lets exactly one of two runs at once proceed', async () => {
    const old = await values();
    const { version = 0 } = (await kv.read(path)) ?? {};
    const runs = await Promise.all([run('rotate', id, '--yes', '--wait'), run('rotate', id, '--yes', '--wait')]);
    const codes = runs.map(({ code }) => code).sort();
    expect(codes[0]).toBe(0);
    expect([1, 3]).toContain(codes[1]);
    const refused = runs.find(({ code }) => code !== 0)?.output ?? '';
    expect(refused).toMatch(/is in the hands of .+ until|has changed since it was read/);
    // Accepted, signed, dropped: once each.
    expect((await kv.read(path))?.version).toBe(version + 3);
    await expectRotated(old);
  });

  async function unseal(): Promise<void> {
    const key = readFileSync(join(platform.directory, 'vault', 'unseal-key'), 'utf8').trim();
    await platform.vault.write('sys/unseal', { key });
    await waitUntil('Vault answers', 30_000, async () => {
      return await kv.state(path).then(
        () => true,
        () => false,
      );
    });
  }

  /** A run that an outage hit ends well after it, or has failed with 3 and the next one ends the rotation. */
  async function endAfterOutage(ended: Promise<Run>): Promise<void> {
    const { code, output } = await ended;
    expect(code === 0 || code === 3 ? 'as it should' : output).toBe('as it should');
    if (code !== 0) {
      await resume();
    }
  }

  /** Waits until a run has come to a phase, and has written its values. */
  async function waitForPhase(wanted: string): Promise<void> {
    await waitUntil(`${wanted} has begun`, 60_000, async () => {
      const { record } = await readJournal(kv, signingKey);
      return (
        record?.phases.some((phase) => phase.name === wanted && !phase.finishedAt && 'version' in phase.facts) ?? false
      );
    });
  }

  it('fails with 3 and changes nothing while Vault is sealed', async () => {
    const old = await values();
    await platform.vault.write('sys/seal');
    const { code, output } = await run('rotate', id, '--yes', '--wait');
    await unseal();
    expect(output).toContain('Vault is sealed');
    expect(code).toBe(3);
    expect(await values()).toEqual(old);
  });

  it('ends well when Vault is sealed in the middle and opened again', async () => {
    const old = await values();
    const ended = run('rotate', id, '--yes', '--wait');
    await waitForPhase('sign');
    await platform.vault.write('sys/seal');
    await delay(3000);
    await unseal();
    await endAfterOutage(ended);
    await expectRotated(old);
  }, 300_000);

  it('ends well when the API server is away in the middle', async () => {
    const old = await values();
    const ended = run('rotate', id, '--yes', '--wait');
    await waitForPhase('accept');
    await watch.stop();
    await platform.stopComponent('kube-apiserver');
    await delay(3000);
    await platform.restart('kube-apiserver');
    watch = new PodWatch(platform);
    await endAfterOutage(ended);
    await expectRotated(old);
  }, 300_000);

  it('needs no more rights in Vault than its page says, with the token of a pod', async () => {
    const old = await values();
    const page = readFileSync(join(root, 'docs', 'rotation.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(<mount>\S+)` +\| (`.+`) +\|$/gm)];
    expect(rows).toHaveLength(4);
    const rules = rows.map(([, place = '', capabilities = '']) => {
      const exact = place.replace('<mount>', 'secret').replace('<path>', path).replace('<field>', signingKey.fieldName);
      return `path "${exact}" { capabilities = [${capabilities.replaceAll('`', '"')}] }`;
    });
    await platform.vault.write('sys/policies/acl/turn-rotation', { policy: rules.join('\n') });
    const { auth } = environment.delivery.vault;
    await platform.vault.write(`auth/${auth.mount}/role/turn-rotation`, {
      bound_service_account_names: 'rotator',
      bound_service_account_namespaces: 'turn',
      audience: auth.audience,
      token_policies: 'turn-rotation',
      token_no_default_policy: true,
      token_ttl: 60,
    });
    const jwtFile = join(project, 'token');
    writeFileSync(jwtFile, await serviceAccountToken('rotator', [auth.audience, auth.apiServerAudience]));
    const asPod = { VAULT_TOKEN: undefined, VAULT_ROLE: 'turn-rotation', VAULT_JWT_FILE: jwtFile };
    expect(await finished(start(['rotate', '--status'], asPod))).toMatchObject({ code: 0 });
    const rotated = await finished(start(['rotate', id, '--yes', '--wait'], asPod));
    expect(rotated.output).toContain(`${id}: rotated`);
    await expectRotated(old);
  });

  it('shows what an overlap avoids when a value is revoked at once', async () => {
    // Pods of both values are there long enough to be seen, however busy the machine is.
    const spec = { ...(turnDeployment.spec as object), minReadySeconds: 1 };
    await platform.kubernetes.apply({ ...turnDeployment, spec }, 'test');
    const old = await values();
    const { code } = await run('rotate', id, '--yes', '--revoke-now');
    expect(code).toBe(0);
    expect(watch.refusals).not.toEqual([]);
    const now = await values();
    expect(now.filter((value) => old.includes(value))).toEqual([]);
  });

  it('has left no value in journals, output, process arguments and logs', async () => {
    const known: string[] = [];
    const { versions = [] } = (await kv.metadata(path)) ?? {};
    for (const { version } of versions) {
      known.push(...Object.values((await kv.readVersion(path, version))?.data ?? {}));
    }
    expect(known.length).toBeGreaterThan(10);
    const { document } = await kv.readDocument(journalPath(signingKey));
    const logs = [...filesUnder(join(directory, 'logs')), ...filesUnder(platform.vaultAuditFolder)];
    const texts = [JSON.stringify(document), ...outputs, ...processArguments.seen()];
    expect(findValues(known, logs, texts)).toEqual([]);
  });

  describeKv('the mount of a real Vault', () => kv);
});
