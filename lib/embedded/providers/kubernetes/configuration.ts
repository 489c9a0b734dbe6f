import { KubernetesClient } from '../../../kubernetes/client';
import { readKubeconfig } from '../../../kubernetes/connection';
import { isTrue, type PropertyMap, textOf } from '../values';

/** Arguments of the provider that have a meaning here. */
const carried = [
  'context',
  'enableConfigMapMutable',
  'enablePatchForce',
  'enableSecretMutable',
  'enableServerSideApply',
  'kubeconfig',
  'namespace',
  'suppressDeprecationWarnings',
  'suppressHelmHookWarnings',
  'upsertExistingObjects',
  'version',
];

/** Arguments that are false as good as not set. */
const switches = ['alwaysRender', 'deleteUnreachable', 'skipUpdateUnreachable'];

/** How the provider works on a cluster. */
export interface KubernetesSettings {
  readonly client: KubernetesClient;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Whether a changed ConfigMap stays the same object. */
  readonly mutableConfigMaps: boolean;
  /** Whether a changed Secret stays the same object. */
  readonly mutableSecrets: boolean;
  /** Whether fields are taken from other managers. */
  readonly force: boolean;
  /** Whether an object that exists is taken over. */
  readonly upsert: boolean;
}

/**
 * What the arguments of the provider and the environment describe
 * (https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/).
 * @throws Error on an argument that is not carried, and KubernetesError on a kubeconfig that cannot be used
 */
export async function configureKubernetes(config: PropertyMap, environment = process.env): Promise<KubernetesSettings> {
  const refused = Object.keys(config).filter(
    (name) => !carried.includes(name) && (!switches.includes(name) || isTrue(config[name])),
  );
  const clientSide = config.enableServerSideApply !== undefined && !isTrue(config.enableServerSideApply);
  if (refused.length > 0 || clientSide) {
    const names = [...refused, ...(clientSide ? ['enableServerSideApply: false'] : [])].join(', ');
    throw new Error(
      `the stand-in for the kubernetes provider does not carry ${names}; it carries ${carried.join(', ')}`,
    );
  }
  const setting = (name: string, variable: string): boolean => isTrue(config[name] ?? environment[variable]);
  return {
    client: await clientOf(config),
    namespace: textOf(config.namespace) || 'default',
    mutableConfigMaps: setting('enableConfigMapMutable', 'PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE'),
    mutableSecrets: setting('enableSecretMutable', 'PULUMI_K8S_ENABLE_SECRET_MUTABLE'),
    force: setting('enablePatchForce', 'PULUMI_K8S_ENABLE_PATCH_FORCE'),
    upsert: setting('upsertExistingObjects', 'PULUMI_K8S_UPSERT_EXISTING_OBJECTS'),
  };
}

/** The path of a kubeconfig; its content would be written, with its credentials, to the state. */
async function clientOf({ kubeconfig, context }: PropertyMap): Promise<KubernetesClient> {
  const path = textOf(kubeconfig);
  if (/[\n{]/.test(path)) {
    throw new Error('the stand-in for the kubernetes provider takes kubeconfig as a path, got its content');
  }
  return new KubernetesClient(await readKubeconfig(path || undefined, textOf(context) || undefined));
}
