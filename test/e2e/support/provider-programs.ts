import { join } from 'node:path';
import * as kubernetes from '@pulumi/kubernetes';
import * as vault from '@pulumi/vault';
import type { Platform } from '../../../lib/embedded';
import type { Providers, TestProgram } from './stacks';

/** One resource of each type that the vault stand-in carries: nine with the stack and the provider. */
export function everyVaultResource(platform: Platform, capability: () => string): TestProgram {
  return (providers) => {
    const file_path = join(platform.vaultAuditFolder, 'providers.log');
    const args = { type: 'file', path: 'providers', options: { file_path } };
    // While Vault enables its first device it fails other requests.
    const dependsOn = new vault.Audit('audit', args, providers.onVault);
    const onVault = { ...providers.onVault, dependsOn };
    const options = { version: '2' };
    const mount = new vault.Mount('mount', { path: 'values', type: 'kv', options, description: 'of a test' }, onVault);
    new vault.kv.SecretBackendV2('config', { mount: mount.path, maxVersions: 7, casRequired: true }, onVault);
    const { path: backend } = new vault.AuthBackend('auth', { type: 'kubernetes', path: 'cluster' }, onVault);
    const kubernetesHost = platform.apiServerUrl;
    const told = { disableIssValidation: true, disableLocalCaJwt: true };
    new vault.kubernetes.AuthBackendConfig('auth-config', { backend, kubernetesHost, ...told }, onVault);
    const text = `path "values/data/one" { capabilities = ["${capability()}"] }`;
    const policy = new vault.Policy('policy', { name: 'one', policy: text }, onVault);
    new vault.kubernetes.AuthBackendRole(
      'role',
      {
        backend,
        roleName: 'one',
        boundServiceAccountNames: ['b', 'a'],
        boundServiceAccountNamespaces: ['nowhere'],
        audience: 'vault',
        tokenPolicies: [policy.name],
        tokenTtl: 900,
        tokenNoDefaultPolicy: true,
      },
      onVault,
    );
    return { accessor: mount.accessor };
  };
}

/** A namespace, and a store of the same name in External Secrets Operator's own kind. */
export function namespaceWithStore(
  name: string,
  role: string,
  { onCluster }: Providers,
): kubernetes.apiextensions.CustomResource {
  const namespace = new kubernetes.core.v1.Namespace(name, { metadata: { name } }, onCluster);
  const auth = { kubernetes: { mountPath: 'none', role } };
  const spec = {
    conditions: [{ namespaces: [name] }],
    provider: { vault: { server: 'https://none', path: 'none', auth } },
  };
  return new kubernetes.apiextensions.CustomResource(
    `${name}-store`,
    { apiVersion: 'external-secrets.io/v1', kind: 'ClusterSecretStore', metadata: { name }, spec },
    { ...onCluster, dependsOn: namespace },
  );
}

/** Objects of several kinds in the namespace `objects`: seven with the stack and the provider. */
export function severalObjects(role: () => string): TestProgram {
  return (providers) => {
    const after = { ...providers.onCluster, dependsOn: namespaceWithStore('objects', role(), providers) };
    const metadata = { name: 'demo', namespace: 'objects' };
    const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
    new kubernetes.rbac.v1.Role('role', { metadata, rules }, after);
    new kubernetes.core.v1.ConfigMap('map', { metadata, data: { role: role() } }, after);
    deployment('demo', {}, after, 'objects');
    return undefined;
  };
}

/** A Deployment of one pod that runs where a node has the labels. */
export function deployment(
  name: string,
  nodeSelector: Record<string, string>,
  options: Providers['onCluster'],
  namespace = 'default',
): void {
  const labels = { app: name };
  const container = {
    name: 'app',
    image: 'local/app:1',
    resources: { limits: { cpu: '1000m' } },
    ports: [{ containerPort: 80 }],
  };
  const template = { metadata: { labels }, spec: { nodeSelector, containers: [container] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  new kubernetes.apps.v1.Deployment(name, { metadata: { name, namespace }, spec }, options);
}
