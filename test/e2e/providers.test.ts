import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as kubernetes from '@pulumi/kubernetes';
import * as vault from '@pulumi/vault';
import { type Platform, startPlatform } from '../../lib/embedded';
import type { PulumiStack } from '../../lib/embedded/pulumi';
import { PulumiError } from '../../lib/embedded/pulumi-failure';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { filesUnder, findValues } from './support/canaries';
import { waitUntil } from './support/cluster';
import type { failingPrograms } from './support/failing-programs';
import { deployment, everyVaultResource, severalObjects } from './support/provider-programs';
import { childrenOf, commandOf, footprintOf, type Providers, TestStacks } from './support/stacks';

describe('the real engine with the stand-ins', () => {
  const directory = mkdtempSync(join(tmpdir(), 'providers-'));
  let platform: Platform;
  let stacks: TestStacks;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    stacks = await TestStacks.on(platform);
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function object(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<KubernetesObject | undefined> {
    return await platform.kubernetes.get(apiVersion, kind, name, namespace);
  }

  /** Changes an object as somebody else would. */
  async function patch(
    apiVersion: string,
    kind: string,
    name: string,
    change: object,
    namespace?: string,
  ): Promise<void> {
    const metadata = namespace === undefined ? { name } : { name, namespace };
    await platform.kubernetes.patch({ apiVersion, kind, metadata }, change);
  }

  describe('carries every type of Vault resource', () => {
    let capability = 'read';
    let before: Awaited<ReturnType<typeof footprintOf>>;
    let stack: PulumiStack;

    beforeAll(async () => {
      before = await footprintOf(platform);
      stack = await stacks.open(
        'vault',
        everyVaultResource(platform, () => capability),
      );
    });

    it('creates them, and changes nothing the second time', async () => {
      expect(await stack.up()).toEqual({ created: 9, updated: 0, replaced: 0, deleted: 0, unchanged: 0 });
      expect(await stack.up()).toEqual({ created: 0, updated: 0, replaced: 0, deleted: 0, unchanged: 9 });
      expect(await platform.vault.read('values/config')).toMatchObject({ max_versions: 7, cas_required: true });
      expect(await platform.vault.read('auth/cluster/role/one')).toMatchObject({ token_ttl: 900, audience: 'vault' });
      expect((await footprintOf(platform)).audit).toContain('providers/');
    });

    it('shows a change in a preview without making it', async () => {
      const first = await platform.vault.read('sys/policies/acl/one');
      capability = 'list';
      expect(await stack.preview()).toMatchObject({ updated: 1, unchanged: 8 });
      expect(await platform.vault.read('sys/policies/acl/one')).toEqual(first);
      expect(await stack.up()).toMatchObject({ updated: 1, unchanged: 8 });
      expect(await platform.vault.read('sys/policies/acl/one')).not.toEqual(first);
    });

    it('sees what was widened, changed and deleted by hand, and repairs it', async () => {
      const declared = await platform.vault.read('sys/policies/acl/one');
      await platform.vault.write('sys/policies/acl/one', { policy: 'path "*" { capabilities = ["sudo"] }' });
      await platform.vault.write('sys/mounts/values/tune', { description: 'changed' });
      await platform.vault.delete('auth/cluster/role/one');
      expect(await stack.refresh()).toMatchObject({ updated: 2, deleted: 1 });
      expect(await stack.up()).toMatchObject({ created: 1, updated: 2, unchanged: 6 });
      expect(await platform.vault.read('sys/policies/acl/one')).toEqual(declared);
      expect(await platform.vault.read('sys/mounts/values')).toMatchObject({ description: 'of a test' });
      expect(await platform.vault.read('auth/cluster/role/one')).toMatchObject({ token_ttl: 900 });
    });

    it('deletes them, and leaves Vault as it was', async () => {
      expect(await stack.destroy()).toMatchObject({ deleted: 9 });
      expect(await footprintOf(platform)).toEqual(before);
    });
  });

  it('takes over a mount that exists, with what is in it', async () => {
    const args = { type: 'kv', options: { version: '2' }, description: 'mine' };
    await platform.vault.write('sys/mounts/existing', args);
    await platform.vault.write('existing/config', { max_versions: 3 });
    const stack = await stacks.open('import', ({ onVault }) => {
      new vault.Mount('mount', { path: 'existing', ...args }, { ...onVault, import: 'existing' });
      return undefined;
    });
    expect(await stack.up()).toMatchObject({ created: 2, unchanged: 1 });
    expect(await stack.up()).toMatchObject({ created: 0, unchanged: 3 });
    expect(await platform.vault.read('existing/config')).toMatchObject({ max_versions: 3 });
    await stack.destroy();
  });

  describe('carries any Kubernetes object', () => {
    let role = 'mine';
    let stack: PulumiStack;
    const store = ['external-secrets.io/v1', 'ClusterSecretStore', 'objects'] as const;

    beforeAll(async () => {
      const settings = { enablePatchForce: true, enableConfigMapMutable: true };
      stack = await stacks.open(
        'objects',
        severalObjects(() => role),
        settings,
      );
    });

    it('shows in a preview what it would create', async () => {
      expect(await stack.preview()).toMatchObject({ created: 7 });
      expect(await object('v1', 'Namespace', 'objects')).toBeUndefined();
    });

    it('creates them, waits for the rollout, and changes nothing the second time', async () => {
      expect(await stack.up()).toMatchObject({ created: 7 });
      expect(await object('apps/v1', 'Deployment', 'demo', 'objects')).toMatchObject({
        status: { availableReplicas: 1 },
      });
      expect(await stack.up()).toMatchObject({ created: 0, updated: 0, unchanged: 7 });
      expect(await stack.refresh()).toMatchObject({ updated: 0, deleted: 0 });
    });

    it('sees what was changed, added and removed by hand, repairs it, and leaves what others own', async () => {
      await patch(...store, {
        metadata: { labels: { theirs: 'yes' } },
        spec: {
          provider: { vault: { auth: { kubernetes: { role: 'theirs' } } } },
          conditions: [{ namespaces: ['objects'] }, { namespaces: ['other'] }],
        },
      });
      const widened = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] };
      await patch('rbac.authorization.k8s.io/v1', 'Role', 'demo', widened, 'objects');
      await patch('v1', 'ConfigMap', 'demo', { data: { role: null } }, 'objects');
      expect(await stack.refresh()).toMatchObject({ updated: 3, unchanged: 4 });
      expect(await stack.up()).toMatchObject({ updated: 3, unchanged: 4 });
      expect(await object(...store)).toMatchObject({
        metadata: { labels: { theirs: 'yes' } },
        spec: {
          conditions: [{ namespaces: ['objects'] }],
          provider: { vault: { auth: { kubernetes: { role: 'mine' } } } },
        },
      });
      expect(await object('rbac.authorization.k8s.io/v1', 'Role', 'demo', 'objects')).toMatchObject({
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
      });
      expect(await object('v1', 'ConfigMap', 'demo', 'objects')).toMatchObject({ data: { role: 'mine' } });
      expect(await stack.up()).toMatchObject({ updated: 0, unchanged: 7 });
    });

    it('limits an operation to the resources that a pattern names', async () => {
      role = 'other';
      await stack.up({ target: ['**ConfigMap**'] });
      expect(await object('v1', 'ConfigMap', 'demo', 'objects')).toMatchObject({ data: { role: 'other' } });
      expect(JSON.stringify((await object(...store))?.spec)).toContain('"role":"mine"');
    });

    it('deletes them, and waits until they are gone', async () => {
      expect(await stack.destroy()).toMatchObject({ deleted: 7 });
      expect(await object('v1', 'Namespace', 'objects')).toBeUndefined();
      expect(await object(...store)).toBeUndefined();
    });
  });

  it('replaces a ConfigMap whose data changed, under its own name', async () => {
    let value = '1';
    const stack = await stacks.open('replace', ({ onCluster }) => {
      const metadata = { name: 'replaced', namespace: 'default' };
      new kubernetes.core.v1.ConfigMap('map', { metadata, data: { value } }, onCluster);
      return undefined;
    });
    await stack.up();
    const made = await object('v1', 'ConfigMap', 'replaced', 'default');
    value = '2';
    expect(await stack.up()).toMatchObject({ replaced: 1 });
    const madeAgain = await object('v1', 'ConfigMap', 'replaced', 'default');
    expect(madeAgain).toMatchObject({ data: { value: '2' } });
    expect(madeAgain?.metadata.uid).not.toBe(made?.metadata.uid);
    await stack.destroy();
  });

  it('keeps values out of state, settings and output, and the passphrase to the user alone', async () => {
    const jwt = randomBytes(24).toString('hex');
    const value = randomBytes(24).toString('hex');
    const stack = await stacks.open('canary', ({ onVault, onCluster }) => {
      const { path: backend } = new vault.AuthBackend('auth', { type: 'kubernetes', path: 'canary' }, onVault);
      const told = { kubernetesHost: 'https://127.0.0.1:1', disableLocalCaJwt: true, tokenReviewerJwt: jwt };
      new vault.kubernetes.AuthBackendConfig('config', { backend, ...told }, onVault);
      const metadata = { name: 'canary', namespace: 'default' };
      new kubernetes.core.v1.Secret('canary', { metadata, stringData: { value } }, onCluster);
      return undefined;
    });
    const output: string[] = [];
    const onOutput = (text: string): unknown => output.push(text);
    await stack.up({ onOutput });
    await stack.refresh({ onOutput });
    const data = { value: Buffer.from(value).toString('base64') };
    expect(await object('v1', 'Secret', 'canary', 'default')).toMatchObject({ data });
    const state = JSON.stringify(await stack.exportState());
    expect(findValues([jwt, value, stacks.rootToken], filesUnder(stacks.folder), [state, ...output])).toEqual([]);
    expect(statSync(join(stacks.folder, 'passphrase')).mode & 0o777).toBe(0o600);
    await stack.destroy();
  });

  // In a process of its own: Jest takes the rejections of the SDK, which nobody waits for, for those of a test.
  describe('fails in one line', () => {
    let messages: Record<string, string[]>;

    beforeAll(async () => {
      await platform.vault.write('sys/auth/existing', { type: 'kubernetes' });
      const owned = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace: 'default' } };
      await platform.kubernetes.apply({ ...owned, data: { owned: 'by somebody else' } }, 'somebody-else');
      const script = [require.resolve('tsx/cli'), join(__dirname, 'support', 'failing-programs.ts'), directory];
      const { stdout } = await promisify(execFile)(process.execPath, script);
      messages = JSON.parse(stdout) as typeof messages;
    }, 300_000);

    const takeOver = 'take it over with the resource option import';

    it.each<[keyof typeof failingPrograms, RegExp]>([
      ['a field that the kind does not have', /failed: bad: kubernetes refused POST .*unknown field "datum"$/],
      ['a wait that the stand-in does not know', /must be condition=<type> or .*, got "jsonpath=\{\.data\}"/],
      ['a chart', /does not carry kubernetes:helm\.sh\/v3:Release; it carries plain objects/],
      ['a Vault argument that is not carried', /is not carried by the stand-in for the vault provider/],
      ['an object that exists', new RegExp(`failed: bad: .*already exists; ${takeOver}, or set upsertExistingObjects`)],
      ['a mount that exists', new RegExp(`failed: bad: .*already in use at existing/; ${takeOver}: 'existing'`)],
      [
        'a field that somebody else owns',
        /conflict with "somebody-else".*; to take the fields .* set enablePatchForce/,
      ],
      ['a Vault that cannot be reached', /failed: bad: vault at https:\/\/127\.0\.0\.1:9 cannot be reached: .+$/],
      [
        'an object that does not become ready',
        /failed: bad: ExternalSecret unready\/bad was applied, but is not ready, not after 3 s: Ready is False \(/,
      ],
      ['a program that throws', /^pulumi up of the stack failing failed: there is no environment x$/],
    ])('on %s', (name, reason) => {
      // What did not become ready fails again the next time.
      expect(messages[name]).toHaveLength(name === 'an object that does not become ready' ? 2 : 1);
      for (const message of messages[name] ?? []) {
        expect(message).toMatch(reason);
        expect(message).not.toMatch(/\n|\bat .*\.ts:/);
      }
    });
  });

  it('leaves no process behind when the engine is killed, and the stack can be used again', async () => {
    let nodeSelector: Record<string, string> = { nowhere: 'true' };
    const program = ({ onCluster }: Providers): undefined => {
      deployment('killed', nodeSelector, onCluster);
    };
    const open = (): Promise<PulumiStack> =>
      stacks.open('killed', program, { upsertExistingObjects: true, enablePatchForce: true });
    const up = expect((await open()).up()).rejects.toThrow(PulumiError);
    await waitUntil('the engine applies the Deployment', 60_000, async () =>
      Boolean(await object('apps/v1', 'Deployment', 'killed', 'default')),
    );
    const [running = 0] = childrenOf(process.pid, `${stacks.folder}/bin/pulumi`);
    const providers = childrenOf(running, 'providers/');
    expect(providers.length).toBeGreaterThan(0);
    process.kill(running, 'SIGKILL');
    await up;
    const ended = (): Promise<boolean> => Promise.resolve(providers.every((pid) => commandOf(pid) === ''));
    await waitUntil('the providers end', 20_000, ended);

    nodeSelector = {};
    const again = await open();
    await again.up();
    expect(await object('apps/v1', 'Deployment', 'killed', 'default')).toMatchObject({
      status: { availableReplicas: 1 },
    });
    await again.destroy();
  });

  it('ends in order when an operation is cancelled: what was made is in the state', async () => {
    const stack = await stacks.open('cancelled', ({ onCluster }) => {
      deployment('cancelled', { nowhere: 'true' }, onCluster);
      return undefined;
    });
    const abort = new AbortController();
    const reason = /the wait was cancelled: 0 of 1 replicas are available/;
    const up = expect(stack.up({ signal: abort.signal })).rejects.toThrow(reason);
    const exists = async (): Promise<boolean> => Boolean(await object('apps/v1', 'Deployment', 'cancelled', 'default'));
    await waitUntil('the engine applies the Deployment', 60_000, exists);
    abort.abort();
    await up;
    expect(await stack.destroy()).toMatchObject({ deleted: 3 });
    expect(await exists()).toBe(false);
  });
});
