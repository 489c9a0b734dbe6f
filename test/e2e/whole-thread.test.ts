import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { staging } from '../../environments/staging';
import { catalogReferences, secretsOfCatalog, secretsOfWorkload, workloadNames } from '../../lib/catalog';
import { checkDelivery, explainDelivery, isDelivered } from '../../lib/check/delivery';
import { type Platform, startPlatform } from '../../lib/embedded';
import { deliver, type DeliverResult, openPlatformStack, type PulumiProgram } from '../../lib/embedded/main-job';
import { silentReporter } from '../../lib/embedded/reporter';
import { VaultError } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { niveshObjects } from '../../stacks/workloads';
import program from '../../stacks/index';
import { forceRefresh, loginAs, secretData, vaultFootprint, waitUntil } from './support/cluster';
import { filesUnder, findValues, watchProcessArguments } from './support/canaries';

const { catalog } = staging;
const mount = staging.delivery.vault.mount;
const typedProgram = program as unknown as PulumiProgram;

describe('the whole thread on real components', () => {
  const directory = mkdtempSync(join(tmpdir(), 'whole-thread-'));
  const processArguments = watchProcessArguments();
  let platform: Platform;
  let kv: KvEngine;
  let result: DeliverResult;
  let untouched: Awaited<ReturnType<typeof vaultFootprint>>;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    kv = new KvEngine(platform.vault, mount);
    untouched = await vaultFootprint(platform);
    result = await deliver({ platform, environment: staging, program: typedProgram, reporter: silentReporter });
  });

  afterAll(async () => {
    processArguments.stop();
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Every seeded value, by `path.field`. */
  async function seededValues(): Promise<Map<string, string>> {
    const values = new Map<string, string>();
    for (const { path } of secretsOfCatalog(catalog)) {
      const secret = await kv.read(path);
      Object.entries(secret?.data ?? {}).forEach(([field, value]) => values.set(`${path}.${field}`, value));
    }
    return values;
  }

  it.each(Object.keys(catalog.workloads))(
    'delivers to %s exactly the declared variables, with the seeded values',
    async (workload) => {
      const values = await seededValues();
      const delivered = await secretData(platform, catalog, workload);
      expect(Object.keys(delivered).sort()).toEqual(Object.keys(catalog.workloads[workload]?.env ?? {}).sort());
      for (const { variable, reference, derived } of catalogReferences(catalog).filter(
        (one) => one.workload === workload,
      )) {
        const value = values.get(reference.id);
        expect(value).toBeDefined();
        if (derived) {
          expect(delivered[variable]).toContain(value);
        } else {
          expect(delivered[variable]).toBe(value);
        }
      }
    },
  );

  it('shows for each workload its variables, its policy, its role, and what Vault served it', () => {
    expect(result.workloads.map(({ workload, policy, role }) => [workload, policy, role])).toEqual(
      Object.keys(catalog.workloads).map((workload) => {
        const { vaultPolicy, vaultRole } = workloadNames(catalog.name, workload);
        return [workload, vaultPolicy, vaultRole];
      }),
    );
    for (const { requests } of result.workloads) {
      expect(requests?.logins).toBeGreaterThan(0);
      expect(requests?.denied).toBe(0);
    }
  });

  it.each(Object.keys(catalog.workloads))(
    'refuses the token of %s on every path that is not its own',
    async (workload) => {
      const vault = await loginAs(platform, staging, workload);
      const own = new Set(secretsOfWorkload(catalog, workload).map(({ path }) => path));
      expect(own.size).toBeGreaterThan(0);
      for (const { path } of secretsOfCatalog(catalog)) {
        const read = vault.read(`${mount}/data/${path}`);
        if (own.has(path)) {
          await expect(read).resolves.toBeDefined();
        } else {
          await expect(read).rejects.toMatchObject({ status: 403 });
        }
        await expect(vault.write(`${mount}/data/${path}`, { data: {} })).rejects.toMatchObject({ status: 403 });
        await expect(vault.read(`${mount}/metadata/${path}`)).rejects.toMatchObject({ status: 403 });
      }
      await vault.close();
    },
  );

  it("refuses another workload's service account on a role", async () => {
    const { vaultRole } = workloadNames(catalog.name, 'nivesh-backend');
    await expect(loginAs(platform, staging, 'grafana', vaultRole)).rejects.toThrow(VaultError);
  });

  it('composes URLs that parse, whatever the password is', async () => {
    const before = await kv.read('nivesh/postgres');
    const password = `p@ss/w:rd?#[]&=+ %"'\\{{ .x }}${String.fromCodePoint(0x20ac)}`;
    await kv.patch('nivesh/postgres', before?.version ?? 0, { password });
    await forceRefresh(platform, catalog, 'nivesh-backend');
    await waitUntil('the new URL is delivered', 5_000, async () => {
      const { DATABASE_URL: text = '' } = await secretData(platform, catalog, 'nivesh-backend');
      return URL.canParse(text) && decodeURIComponent(new URL(text).password) === password;
    });
    const { DATABASE_URL: url = '' } = await secretData(platform, catalog, 'nivesh-backend');
    expect(new URL(url)).toMatchObject({ protocol: 'postgresql:', host: 'postgres:5432', pathname: '/nivesh_db' });
  });

  it('delivers a changed value within 5 s of a forced refresh', async () => {
    const before = await kv.read('nivesh/grafana');
    const value = `changed-${Date.now()}`;
    await kv.patch('nivesh/grafana', before?.version ?? 0, { admin_password: value });
    await forceRefresh(platform, catalog, 'grafana');
    await waitUntil('the value is delivered', 5_000, async () => {
      const { GRAFANA_ADMIN_PASSWORD: delivered } = await secretData(platform, catalog, 'grafana');
      return delivered === value;
    });
  });

  it('names a field that Vault lacks, and leaves the last good Secret alone', async () => {
    const before = await kv.read('nivesh/alertmanager');
    const { slack_webhook_url: kept = '', ...others } = before?.data ?? {};
    const good = await secretData(platform, catalog, 'alertmanager');
    await platform.vault.write(`${mount}/data/nivesh/alertmanager`, {
      options: { cas: before?.version ?? 0 },
      data: others,
    });
    await forceRefresh(platform, catalog, 'alertmanager');
    const mine = async () =>
      (await checkDelivery(staging, platform.kubernetes, kv)).find(({ workload }) => workload === 'alertmanager');
    await waitUntil('the ExternalSecret is not ready', 30_000, async () => (await mine())?.ready === false);
    const delivery = await mine();
    expect(delivery?.reason).not.toContain('slack_webhook_url');
    expect(delivery && explainDelivery(delivery, 'staging')).toEqual([
      'alertmanager: Vault has no field nivesh/alertmanager.slack_webhook_url, so ExternalSecret nivesh/alertmanager-secrets cannot be made; fix: nivesh-secrets seed --environment staging',
    ]);
    expect(await secretData(platform, catalog, 'alertmanager')).toEqual(good);

    const { version = 0 } = (await kv.read('nivesh/alertmanager')) ?? {};
    await kv.patch('nivesh/alertmanager', version, { slack_webhook_url: kept });
    await forceRefresh(platform, catalog, 'alertmanager');
    await waitUntil('it is ready again', 30_000, async () => {
      const repaired = await mine();
      return repaired !== undefined && isDelivered(repaired);
    });
  });

  it('changes nothing the second time', async () => {
    const stack = await openPlatformStack(platform, staging.name, typedProgram);
    const { unchanged, ...changes } = await stack.up();
    expect(changes).toEqual({ created: 0, updated: 0, replaced: 0, deleted: 0 });
    expect(unchanged).toBeGreaterThan(60);
  });

  it('shows drift made by hand in a refresh, and repairs it', async () => {
    const { vaultPolicy, store, vaultRole } = workloadNames(catalog.name, 'mlflow');
    const policyPath = `sys/policies/acl/${vaultPolicy}`;
    const declared = (await platform.vault.read<{ policy: string }>(policyPath))?.policy;
    await platform.vault.write(policyPath, { policy: `path "${mount}/*" { capabilities = ["read"] }` });
    const storeObject = { apiVersion: 'external-secrets.io/v1', kind: 'ClusterSecretStore', metadata: { name: store } };
    const role = (name: string) => ({ spec: { provider: { vault: { auth: { kubernetes: { role: name } } } } } });
    await platform.kubernetes.patch(storeObject, role('nivesh-backend'));

    const stack = await openPlatformStack(platform, staging.name, typedProgram);
    expect(await stack.refresh()).toMatchObject({ updated: 2, deleted: 0 });
    expect(await stack.up()).toMatchObject({ created: 0, updated: 2, replaced: 0, deleted: 0 });
    expect((await platform.vault.read<{ policy: string }>(policyPath))?.policy).toBe(declared);
    expect(await platform.kubernetes.get(storeObject.apiVersion, storeObject.kind, store)).toMatchObject(
      role(vaultRole),
    );
  });

  it('leaves no seeded value in state, logs, manifests or process arguments', async () => {
    const usernames = new Set(
      secretsOfCatalog(catalog).flatMap(({ path, fields }) =>
        [...fields].flatMap(([field, { source }]) => (source.type === 'username' ? [`${path}.${field}`] : [])),
      ),
    );
    const values = [...(await seededValues())].flatMap(([id, value]) => (usernames.has(id) ? [] : [value]));
    expect(values.length).toBeGreaterThanOrEqual(20);
    const stack = await openPlatformStack(platform, staging.name, typedProgram);
    // The cluster's own database holds the Secrets; that is where they belong.
    const files = filesUnder(directory).filter((file) => !file.startsWith(join(directory, 'etcd')));
    expect(files.length).toBeGreaterThan(20);
    expect(findValues(values, files)).toEqual([]);
    expect(findValues(values, [], [JSON.stringify(await stack.exportState())])).toEqual([]);
    expect(findValues(values, [], [JSON.stringify(niveshObjects(staging))])).toEqual([]);
    expect(processArguments.seen().length).toBeGreaterThan(8);
    expect(findValues(values, [], processArguments.seen())).toEqual([]);
  });

  it('leaves Vault and the cluster as they were after destroy, values excepted, and comes back', async () => {
    const values = await seededValues();
    const stack = await openPlatformStack(platform, staging.name, typedProgram);
    await stack.destroy();
    const { mounts, ...rest } = await vaultFootprint(platform);
    const { mounts: untouchedMounts, ...untouchedRest } = untouched;
    expect(rest).toEqual(untouchedRest);
    expect(mounts).toEqual([...untouchedMounts, `${mount}/`].sort());
    expect(await seededValues()).toEqual(values);
    expect(await platform.kubernetes.get('v1', 'Namespace', 'nivesh')).toBeUndefined();

    const again = await deliver({ platform, environment: staging, program: typedProgram, reporter: silentReporter });
    expect(again.workloads).toHaveLength(Object.keys(catalog.workloads).length);
    expect(await seededValues()).toEqual(values);
  });
});
