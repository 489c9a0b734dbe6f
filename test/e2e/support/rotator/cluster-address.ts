import type { Platform } from '../../../../lib/embedded';

/**
 * Gives the containers of new pods another address of the API server than that of its Service, which needs kube-proxy:
 * the only thing about them that the cluster's owner would not find in a cluster of theirs
 * (https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/).
 */
export async function addressApiServer(platform: Platform, address: string): Promise<void> {
  const variables = Object.entries(clusterVariables(address)).map(
    ([name, value]) => `Object.spec.containers.env{name: "${name}", value: "${value}"}`,
  );
  const container = `Object.spec.containers{name: one.name, env: [${variables.join(', ')}]}`;
  const expression = `Object{spec: Object.spec{containers: object.spec.containers.map(one, ${container})}}`;
  const [apiVersion, metadata] = ['admissionregistration.k8s.io/v1', { name: 'address-of-the-api-server' }];
  await platform.kubernetes.apply(
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
    },
    'test',
  );
  const spec = { policyName: metadata.name };
  await platform.kubernetes.apply({ apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata, spec }, 'test');
}

/** What the kubelet would set to the address of the API server's Service. */
export function clusterVariables(address: string): Readonly<Record<string, string>> {
  const [host = '', port = ''] = address.split(':');
  return { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
}
