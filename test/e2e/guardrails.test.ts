import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { staging } from '../../environments/staging';
import { type Platform, startPlatform } from '../../lib/embedded';
import { KubernetesClient, type KubernetesObject } from '../../lib/kubernetes/client';
import { checkPodSecurity } from '../../lib/kubernetes/pod-security';
import { niveshObjects } from '../../stacks/workloads';
import { waitUntil } from './support/cluster';

const objects = niveshObjects(staging);
const manager = 'guardrails-test';
const apiVersion = 'external-secrets.io/v1';

function declared(kind: string, name: string): KubernetesObject {
  const object = objects.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
  if (!object) {
    throw new Error(`the manifests have no ${kind} ${name}`);
  }
  return JSON.parse(JSON.stringify(object)) as KubernetesObject;
}

/** A copy with one value changed, or added. */
function changed(object: KubernetesObject, path: string, value: unknown): KubernetesObject {
  const copy = JSON.parse(JSON.stringify(object)) as KubernetesObject;
  const steps = path.split('.');
  const owner = steps
    .slice(0, -1)
    .reduce<Record<string, unknown>>((node, step) => node[step] as Record<string, unknown>, copy);
  owner[steps.at(-1) ?? ''] = value;
  return copy;
}

describe('guardrails on a real API server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'guardrails-'));
  let platform: Platform;
  /** Has every right in the cluster, as a tool that deploys often has, and is not a member of system:masters. */
  let deployer: KubernetesClient;

  beforeAll(async () => {
    platform = await startPlatform({ directory, workloads: 'none' });
    for (const object of objects) {
      await platform.kubernetes.apply(object, manager);
    }
    await platform.kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } }, manager);
    deployer = await clientOfServiceAccount('deployer');
    const probe = changed(declared('ClusterSecretStore', 'vault-grafana'), 'metadata.name', 'not-ours');
    await waitUntil('the policies are in force', 30_000, async () => {
      const refused = await deployer.apply(probe, manager).then(
        () => false,
        () => true,
      );
      await platform.kubernetes.delete(apiVersion, 'ClusterSecretStore', 'not-ours');
      return refused;
    });
  });

  afterAll(async () => {
    await (deployer as KubernetesClient | undefined)?.close();
    await (platform as Platform | undefined)?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function clientOfServiceAccount(name: string): Promise<KubernetesClient> {
    const { kubernetes } = platform;
    const namespace = 'default';
    await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }, manager);
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    };
    await kubernetes.apply(binding, manager);
    const { status } = await kubernetes.request<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
    );
    const { server, caCert } = kubernetes.connection;
    return new KubernetesClient({ server, token: status.token, ...(caCert === undefined ? {} : { caCert }) });
  }

  it('changes nothing when the same manifests are applied again', async () => {
    for (const object of objects) {
      const before = await stored(object);
      await platform.kubernetes.apply(object, manager);
      const after = await stored(object);
      expect({
        kind: object.kind,
        name: object.metadata.name,
        spec: after?.spec,
        generation: after?.metadata.generation,
      }).toEqual({
        kind: object.kind,
        name: object.metadata.name,
        spec: before?.spec,
        generation: before?.metadata.generation,
      });
    }
  });

  async function stored({ apiVersion: version, kind, metadata }: KubernetesObject) {
    return await platform.kubernetes.get(version, kind, metadata.name, metadata.namespace);
  }

  it("lets everybody with the rights make the catalog's own objects", async () => {
    const own = objects.filter((object) => object.apiVersion === apiVersion);
    expect(own).toHaveLength(2 * Object.keys(staging.catalog.workloads).length);
    for (const { kind, metadata } of own) {
      await deployer.delete(apiVersion, kind, metadata.name, metadata.namespace);
    }
    for (const object of own) {
      await waitUntil('it is gone', 30_000, async () => (await stored(object)) === undefined);
      await deployer.apply(object, manager);
    }
  });

  const store = declared('ClusterSecretStore', 'vault-grafana');
  const vault = 'spec.provider.vault';
  const login = `${vault}.auth.kubernetes`;
  const externalSecret = declared('ExternalSecret', 'grafana-secrets');
  const notAsMade = /the store is none that catalog nivesh makes/;

  it.each<[string, KubernetesObject, RegExp]>([
    ['a server elsewhere', changed(store, `${vault}.server`, 'https://vault.evil.example:8200'), notAsMade],
    ['another mount', changed(store, `${vault}.path`, 'other'), notAsMade],
    ['another authority for its certificate', changed(store, `${vault}.caProvider.name`, 'other'), notAsMade],
    ["another workload's role", changed(store, `${login}.role`, 'nivesh-backend'), notAsMade],
    [
      "another workload's service account",
      changed(store, `${login}.serviceAccountRef.name`, 'nivesh-backend'),
      notAsMade,
    ],
    ['an audience elsewhere', changed(store, `${login}.serviceAccountRef.audiences`, ['vault', 'evil']), notAsMade],
    [
      'a token beside the service account',
      changed(store, `${vault}.auth.tokenSecretRef`, { name: 'x', key: 'y' }),
      notAsMade,
    ],
    ['another namespace to serve', changed(store, 'spec.conditions', [{ namespaces: ['nivesh', 'other'] }]), notAsMade],
    ['every namespace to serve', changed(store, 'spec.conditions', []), notAsMade],
    ['another provider', changed(store, 'spec.provider', { fake: { data: [{ key: 'a', value: 'b' }] } }), notAsMade],
    ['a name of its own', changed(store, 'metadata.name', 'mine'), notAsMade],
    [
      'the kind that serves a namespace',
      {
        apiVersion,
        kind: 'SecretStore',
        metadata: { name: 'mine', namespace: 'nivesh' },
        spec: { provider: { vault: { server: 'https://vault.evil.example', auth: {} } } },
      },
      notAsMade,
    ],
  ])('refuses a store with %s', async (_, object, reason) => {
    await expectRefusal(object, reason);
  });

  const extract = (key: string) => [{ extract: { key } }];
  const elsewhere = /takes something else than whole paths from its store/;
  const otherTarget = /does not make the Secret of its workload from its own template/;
  const noSuch = /makes no object of this kind and name/;

  it.each<[string, KubernetesObject, RegExp]>([
    [
      "another workload's store",
      changed(externalSecret, 'spec.secretStoreRef.name', 'vault-backend'),
      /a store of another workload/,
    ],
    ['every path', changed(externalSecret, 'spec.dataFrom', [{ find: { name: { regexp: '.*' } } }]), elsewhere],
    [
      'a store of its own for one entry',
      changed(externalSecret, 'spec.dataFrom', [
        {
          ...extract('nivesh/grafana')[0],
          sourceRef: { storeRef: { kind: 'ClusterSecretStore', name: 'vault-backend' } },
        },
      ]),
      elsewhere,
    ],
    [
      'single entries',
      changed(externalSecret, 'spec.data', [{ secretKey: 'X', remoteRef: { key: 'nivesh/backend' } }]),
      elsewhere,
    ],
    ["another workload's Secret", changed(externalSecret, 'spec.target.name', 'nivesh-backend-secret'), otherTarget],
    ['a Secret that it does not own', changed(externalSecret, 'spec.target.creationPolicy', 'Merge'), otherTarget],
    [
      'another type of Secret',
      changed(externalSecret, 'spec.target.template.type', 'kubernetes.io/service-account-token'),
      otherTarget,
    ],
    [
      'a template that reads other Secrets',
      changed(externalSecret, 'spec.target.template.templateFrom', [
        { secret: { name: 'nivesh-backend-secret', items: [{ key: 'JWT_SECRET' }] } },
      ]),
      otherTarget,
    ],
    ['a name of its own', changed(externalSecret, 'metadata.name', 'mine'), noSuch],
  ])('refuses an ExternalSecret with %s', async (_, object, reason) => {
    await expectRefusal(object, reason);
  });

  it('refuses a PushSecret in the namespaces of the catalog', async () => {
    const push = {
      apiVersion: 'external-secrets.io/v1alpha1',
      kind: 'PushSecret',
      metadata: { name: 'mine', namespace: 'nivesh' },
      spec: {
        secretStoreRefs: [{ kind: 'ClusterSecretStore', name: 'vault-grafana' }],
        selector: { secret: { name: 'nivesh-backend-secret' } },
        data: [{ match: { secretKey: 'JWT_SECRET', remoteRef: { remoteKey: 'x' } } }],
      },
    };
    await expectRefusal(push, noSuch);
  });

  /** It is refused for the reason, and nothing has changed. */
  async function expectRefusal(object: KubernetesObject, reason: RegExp): Promise<void> {
    const before = await stored(object);
    await expect(deployer.apply(object, manager)).rejects.toThrow(reason);
    const after = await stored(object);
    expect(after?.spec).toEqual(before?.spec);
  }

  it('leaves namespaces of others alone', async () => {
    const foreignStore: KubernetesObject = {
      apiVersion,
      kind: 'SecretStore',
      metadata: { name: 'theirs', namespace: 'other' },
      spec: { provider: { vault: { server: 'https://vault.other.example', auth: {} } } },
    };
    await expect(deployer.apply(foreignStore, manager)).resolves.toBeDefined();
    const foreign = changed(externalSecret, 'metadata.namespace', 'other');
    await expect(
      deployer.apply(changed(foreign, 'spec.secretStoreRef', { kind: 'SecretStore', name: 'theirs' }), manager),
    ).resolves.toBeDefined();
  });

  it('lets updates through that leave the specification as it is, such as those of the operator', async () => {
    const object = changed(externalSecret, 'metadata.name', 'by-an-administrator');
    await platform.kubernetes.apply(object, manager);
    await expect(deployer.patch(object, { metadata: { annotations: { note: 'x' } } })).resolves.toBeDefined();
    await expect(deployer.patch(object, { spec: { refreshInterval: '2h0m0s' } })).rejects.toThrow(noSuch);
    await platform.kubernetes.delete(apiVersion, object.kind, object.metadata.name, object.metadata.namespace);
  });

  it('does not hold up members of system:masters, who could as well delete it', async () => {
    const drift = changed(store, `${login}.role`, 'nivesh-backend');
    await expect(platform.kubernetes.apply(drift, manager)).resolves.toBeDefined();
    await platform.kubernetes.apply(store, manager);
  });

  it('works when the policies have been taken away and made again', async () => {
    const policies = objects.filter((object) => object.apiVersion.startsWith('admissionregistration.k8s.io/'));
    expect(policies).toHaveLength(4);
    for (const { apiVersion: version, kind, metadata } of policies) {
      await platform.kubernetes.delete(version, kind, metadata.name);
    }
    const foreign = changed(store, 'metadata.name', 'mine');
    const isRefused = async (): Promise<boolean> =>
      await deployer.apply(foreign, manager).then(
        () => false,
        () => true,
      );
    await waitUntil('the policies are gone', 30_000, async () => !(await isRefused()));
    for (const policy of policies) {
      await platform.kubernetes.apply(policy, manager);
    }
    await waitUntil('the policies are in force again', 30_000, async () => {
      await deployer.delete(apiVersion, foreign.kind, foreign.metadata.name);
      return await isRefused();
    });
    await deployer.delete(apiVersion, store.kind, store.metadata.name);
    await waitUntil('the store is gone', 30_000, async () => (await stored(store)) === undefined);
    await expect(deployer.apply(store, manager)).resolves.toBeDefined();
  });

  it('has expressions that suit the types of the objects', async () => {
    const policies = ['nivesh-external-secrets', 'nivesh-stores'].map((name) =>
      declared('ValidatingAdmissionPolicy', name),
    );
    for (const policy of policies) {
      // A controller checks types after the policy is stored.
      await waitUntil(
        'its types are checked',
        30_000,
        async () => (await statusOf(policy)).observedGeneration !== undefined,
      );
      expect((await statusOf(policy)).typeChecking?.expressionWarnings ?? []).toEqual([]);
    }
  });

  it('refuses the pods of which synthesis says so, and no others', async () => {
    const namespace = declared('Namespace', 'nivesh');
    const wrong: unknown[] = [];
    let accepted = 0;
    for (const pod of judgedPods()) {
      const isRefused = await isRefusedByPodSecurity(pod);
      const placed = [namespace, pod].map((manifest) => ({ path: manifest.kind, manifest: manifest }));
      const problems = checkPodSecurity(placed);
      accepted += isRefused ? 0 : 1;
      if (isRefused !== problems.length > 0) {
        wrong.push({ pod: pod.spec, isRefused, problems });
      }
    }
    expect(wrong).toEqual([]);
    expect(accepted).toBeGreaterThan(4);
  });

  async function isRefusedByPodSecurity(pod: KubernetesObject): Promise<boolean> {
    try {
      await platform.kubernetes.request('POST', '/api/v1/namespaces/nivesh/pods?dryRun=All', pod);
      return false;
    } catch (error) {
      if (error instanceof Error && error.message.includes('violates PodSecurity')) {
        return true;
      }
      throw error;
    }
  }

  async function statusOf(policy: KubernetesObject): Promise<PolicyStatus> {
    return (await stored(policy))?.status ?? {};
  }
});

interface PolicyStatus {
  readonly observedGeneration?: number;
  readonly typeChecking?: { readonly expressionWarnings?: readonly { readonly warning: string }[] };
}

/** Pods with every setting that the standard "restricted" asks for: there, missing and wrong, of the pod and of its container. */
function judgedPods(): KubernetesObject[] {
  const combine = (...settings: readonly (readonly object[])[]): object[] =>
    settings.reduce<object[]>(
      (known, values) => known.flatMap((one) => values.map((value) => ({ ...one, ...value }))),
      [{}],
    );
  const root = [{}, { runAsNonRoot: true }, { runAsNonRoot: false }];
  const seccomp = [{}, ...['RuntimeDefault', 'Unconfined'].map((type) => ({ seccompProfile: { type } }))];
  const escalation = [{}, { allowPrivilegeEscalation: false }, { allowPrivilegeEscalation: true }];
  const capabilities = [{}, ...['ALL', 'NET_RAW'].map((drop) => ({ capabilities: { drop: [drop] } }))];
  return combine(root, seccomp).flatMap((ofPod) =>
    combine(root, seccomp, escalation, capabilities).map((ofContainer) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'judged', namespace: 'nivesh' },
      spec: {
        serviceAccountName: 'nivesh-backend',
        securityContext: ofPod,
        containers: [{ name: 'app', image: 'nivesh/backend:1.0.0', securityContext: ofContainer }],
      },
    })),
  );
}
