import { type Environment, type ExternalSecretsDelivery, secretsOfCatalog, workloadNames } from '../catalog';
import type { KubernetesObject } from '../kubernetes/client';
import { journalPath } from '../rotation/journal';
import { rotatableFields } from '../rotation/rotatable-fields';
import { type PolicyRule, renderPolicy } from '../vault/policy';
import { accessOfEnvironment } from '../vault/workload-access';
import { deliveryObjects } from './cluster-drift';

/** Name of the policy and of the roles of whoever verifies. */
export function verifierName(catalogName: string): string {
  return `${catalogName}-verifier`;
}

/**
 * The policy that `verify` needs in Vault: exactly what it asks, and no value unless values are to be read.
 * @param values whether values are compared with examples
 */
export function verifierPolicy(environment: Environment<ExternalSecretsDelivery>, values: boolean): string {
  const { mount, auth } = environment.delivery.vault;
  const read = (path: string): PolicyRule => ({ path, capabilities: ['read'] });
  return renderPolicy(verifierName(environment.catalog.name), [
    { path: 'sys/capabilities-accessor', capabilities: ['update'] },
    { path: `auth/${auth.mount}/role`, capabilities: ['list'] },
    read(`auth/${auth.mount}/config`),
    ...accessOfEnvironment(environment).flatMap(({ policy, role }) => [
      read(`sys/policies/acl/${policy.name}`),
      read(`auth/${auth.mount}/role/${role.name}`),
    ]),
    ...rotatableFields(environment.catalog).map((field) => read(`${mount}/data/${journalPath(field)}`)),
    ...secretsOfCatalog(environment.catalog).flatMap(({ path }) => [
      read(`${mount}/subkeys/${path}`),
      ...(values ? [read(`${mount}/data/${path}`)] : []),
    ]),
  ]);
}

/** Names of the kinds in the paths of the API. */
const resources: Readonly<Record<string, string>> = {
  ClusterRoleBinding: 'clusterrolebindings',
  ClusterSecretStore: 'clustersecretstores',
  ConfigMap: 'configmaps',
  ExternalSecret: 'externalsecrets',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Secret: 'secrets',
  SecretStore: 'secretstores',
  ServiceAccount: 'serviceaccounts',
};

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * What `verify` needs in the cluster: to get exactly the objects that it compares and the Secrets whose keys it counts,
 * and to ask for tokens of the workloads' service accounts. A Role a namespace, and a ClusterRole.
 */
export function verifierRoles(environment: Environment<ExternalSecretsDelivery>): KubernetesObject[] {
  const { catalog } = environment;
  const workloads = Object.entries(catalog.workloads).map(([workload, { namespace }]) => ({
    namespace,
    names: workloadNames(catalog.name, workload),
  }));
  const secrets = workloads.map(({ namespace, names }) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: names.secret, namespace },
  }));
  const objects = [...deliveryObjects(environment), ...secrets];
  const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));
  return [...namespaces].map((namespace): KubernetesObject => {
    const inside = objects.filter(({ metadata }) => metadata.namespace === namespace);
    const accounts = workloads.filter((workload) => workload.namespace === namespace);
    return {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: namespace === undefined ? 'ClusterRole' : 'Role',
      metadata: { name: verifierName(catalog.name), ...(namespace === undefined ? {} : { namespace }) },
      rules: [
        ...getRules(inside),
        ...(accounts.length === 0
          ? []
          : [
              {
                apiGroups: [''],
                resources: ['serviceaccounts/token'],
                resourceNames: accounts.map(({ names }) => names.serviceAccount),
                verbs: ['create'],
              },
            ]),
      ],
    };
  });
}

function getRules(objects: readonly KubernetesObject[]): Rule[] {
  const kinds = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    kinds.set(object.kind, [...(kinds.get(object.kind) ?? []), object]);
  }
  return [...kinds].map(([kind, ofKind]) => {
    const resource = resources[kind];
    if (resource === undefined) {
      throw new Error(`no resource is known for kind ${kind}`);
    }
    const [group = ''] = (ofKind[0]?.apiVersion ?? '').split('/').slice(0, -1);
    return {
      apiGroups: [group],
      resources: [resource],
      resourceNames: ofKind.map(({ metadata }) => metadata.name),
      verbs: ['get'],
    };
  });
}
