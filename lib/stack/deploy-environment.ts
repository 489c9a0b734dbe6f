import * as kubernetes from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { usesExternalSecrets, usesSealedSecrets } from '../catalog';
import type { KubernetesObject } from '../kubernetes/client';
import { ExternalSecretsOperator, Manifests, SealedSecretsController } from '../operators/components';
import type { ExternalNeed } from '../operators/manifest-needs';
import type { OperatorName } from '../operators/operator-name';
import type { StackSettings } from '../operators/stack-settings';
import { VaultAccess } from '../vault/components';
import type { PreparedVault } from '../vault/prepare-vault';
import type { ClusterEnvironment, VaultEnvironment } from '../kubernetes/environment-chart';

/** Declares every resource of an environment with a Vault. Names are contract: a changed one replaces what is deployed. */
export function deployVaultEnvironment(
  environment: VaultEnvironment,
  objects: readonly KubernetesObject[],
  settings: StackSettings,
  prepared: PreparedVault,
): void {
  const access = new VaultAccess(
    'vault',
    {
      environment,
      takeOverMount: prepared.takeOverMount,
      destroyValues: settings.destroyValues,
      manageAudit: settings.manageAudit,
      ...(prepared.tokenReviewer ? { tokenReviewer: prepared.tokenReviewer } : {}),
    },
    { providers: [vaultProvider(environment, settings)] },
  );
  deployObjects(environment, objects, settings, access);
}

/** Declares every resource of one environment in its cluster. Names are contract. */
export function deployObjects(
  environment: ClusterEnvironment,
  objects: readonly KubernetesObject[],
  settings: StackSettings,
  access?: VaultAccess,
): void {
  const cluster = { providers: [kubernetesProvider(settings)] };
  const namespaces = new Manifests(
    'namespaces',
    {
      objects: objects.filter(
        (object) => isNamespace(object) && !settings.existingNamespaces.includes(object.metadata.name),
      ),
    },
    cluster,
  );
  const operators = installOperators(environment, settings, namespaces, cluster);
  new Manifests(
    'manifests',
    {
      objects: objects.filter((object) => !isNamespace(object)),
      resolve: (need) => resolveNeed(need, { access, namespaces, operators }),
    },
    cluster,
  );
}

function isNamespace({ kind }: KubernetesObject): boolean {
  return kind === 'Namespace';
}

/** The token comes from VAULT_TOKEN, so it is in no input and in no state. */
function vaultProvider(environment: VaultEnvironment, { vaultCaCertFile }: StackSettings): vault.Provider {
  return new vault.Provider('vault', {
    address: environment.delivery.vault.address,
    ...(vaultCaCertFile === undefined ? {} : { caCertFile: vaultCaCertFile }),
    // A child token would need auth/token/create.
    skipChildToken: true,
    // Said explicitly, so that VAULT_SKIP_VERIFY in somebody's shell has no effect.
    skipTlsVerify: false,
  });
}

function kubernetesProvider({ kubeconfig, context }: StackSettings): kubernetes.Provider {
  return new kubernetes.Provider('kubernetes', {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    enableServerSideApply: true,
    // What somebody changed by hand belongs to another field manager; the stack takes it back, as it says it will.
    enablePatchForce: true,
    // Otherwise a changed ConfigMap is made anew under another name, which stores would not find.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
  });
}

interface InstalledOperator {
  /** Namespace that its chart makes; nothing where it is made elsewhere. */
  readonly madeNamespace?: string;
  readonly release: pulumi.Resource;
}

/** The operator that the delivery needs, and those that the configuration adds, unless the cluster has them. */
function installOperators(
  environment: ClusterEnvironment,
  { operators: added, installedOperators }: StackSettings,
  namespaces: Manifests,
  options: pulumi.ComponentResourceOptions,
): ReadonlyMap<OperatorName, InstalledOperator> {
  const installed = new Map<OperatorName, InstalledOperator>();
  if (usesExternalSecrets(environment) && !installedOperators.includes('external-secrets')) {
    const { delivery } = environment;
    const home = delivery.operator.namespace;
    const namespace = namespaces.objects.get(`Namespace/${home}`);
    const { release } = new ExternalSecretsOperator(
      'external-secrets',
      { delivery, createNamespace: !namespace },
      { ...options, dependsOn: namespace ? [namespace] : [] },
    );
    installed.set('external-secrets', { release, ...(namespace ? {} : { madeNamespace: home }) });
  }
  const sealed = usesSealedSecrets(environment);
  if ((sealed || added.includes('sealed-secrets')) && !installedOperators.includes('sealed-secrets')) {
    const { release } = new SealedSecretsController('sealed-secrets', sealed ? environment.delivery : {}, options);
    installed.set('sealed-secrets', { release });
  }
  return installed;
}

interface Deployed {
  /** Nothing where the environment has no Vault. */
  readonly access: VaultAccess | undefined;
  readonly namespaces: Manifests;
  readonly operators: ReadonlyMap<OperatorName, InstalledOperator>;
}

/** The resources that an object must wait for; none where what it needs is there already. */
function resolveNeed(need: ExternalNeed, { access, namespaces, operators }: Deployed): pulumi.Resource[] {
  switch (need.type) {
    case 'operator': {
      const operator = operators.get(need.name);
      return operator ? [operator.release] : [];
    }
    case 'namespace': {
      const namespace = namespaces.objects.get(`Namespace/${need.name}`);
      const maker = [...operators.values()].find(({ madeNamespace }) => madeNamespace === need.name);
      return [...(namespace ? [namespace] : []), ...(maker ? [maker.release] : [])];
    }
    case 'vaultRole': {
      const workload = access?.workloads.get(need.name);
      return [...(workload ? [workload.role] : []), ...(access ? [access.auth.config] : [])];
    }
    case 'secretsEngine':
      return access ? [access.secrets.mount] : [];
  }
}
