import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { stringify } from 'yaml';
import { type Catalog, type Environment, type ExternalSecretsDelivery } from '../../../../lib/catalog';
import { loadRepository } from '../../../../lib/check/repository/load';
import { listTree } from '../../../../lib/check/repository/tree';
import { VaultDelivery } from '../../../../lib/kubernetes';
import { type ContainerManifest, type PodManifest, podOf } from '../../../../lib/kubernetes/pod-template';
import type { Manifest } from '../../../../lib/kubernetes/object-rules';

/** Loads a draft as a project does. The module "nivesh-secrets" in it is this library. */
export function loadDraft(text: string, folder: string): Environment<ExternalSecretsDelivery> {
  const file = join(folder, 'environments', 'index.ts');
  mkdirSync(join(folder, 'environments'), { recursive: true });
  writeFileSync(file, text);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the draft is known at run time only
  const { environments } = require(file) as { environments: readonly [Environment<ExternalSecretsDelivery>] };
  return environments[0];
}

/** Kinds that the catalog makes from now on. */
const replaced: ReadonlySet<string> = new Set([
  'ClusterSecretStore',
  'ExternalSecret',
  'Kustomization',
  'SealedSecret',
  'Secret',
  'SecretStore',
  'ServiceAccount',
]);

/**
 * Puts what this library synthesises from a draft in the place of the old manifests, with the old workloads wired to it.
 */
export async function acceptDraft(folder: string, environment: Environment<ExternalSecretsDelivery>): Promise<void> {
  const { objects } = await loadRepository(await listTree(folder));
  const own = objects.filter((object) => object.environment === undefined || object.environment === environment.name);
  const chart = new Chart(new App(), environment.name);
  const delivery = new VaultDelivery(chart, 'Delivery', { environment });
  const kept: Manifest[] = [];
  own.forEach(({ manifest }, index) => {
    const { kind, metadata } = manifest;
    const workload = environment.catalog.workloads[metadata.name];
    if (workload !== undefined && podOf(manifest) !== undefined) {
      const object = new ApiObject(chart, `old-${index}`, {
        ...withoutSecrets(manifest, environment.catalog),
        metadata: { ...metadata, namespace: workload.namespace },
      });
      const containers = podOf(manifest)?.containers?.map(({ name }) => name) ?? [];
      delivery.secretOf(metadata.name).wire(object, { containers });
    } else if (!replaced.has(kind)) {
      kept.push(manifest);
    }
  });
  for (const name of readdirSync(folder).filter((entry) => /^(?:k8s|deploy)$/.test(entry))) {
    rmSync(join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'dist'));
  const made = [...(chart.toJson() as Manifest[]), ...kept];
  writeFileSync(join(folder, 'dist', 'all.yaml'), made.map((manifest) => stringify(manifest)).join('---\n'));
}

/** A workload without the variables that the catalog delivers, and without an account of its own. */
function withoutSecrets(manifest: Manifest, catalog: Catalog): Manifest {
  const copy = structuredClone(manifest);
  const variables = catalog.workloads[manifest.metadata.name]?.env ?? {};
  const pod = podOf(copy) as WritablePod;
  delete pod.serviceAccountName;
  for (const container of pod.containers ?? []) {
    container.env = (container.env ?? []).filter(({ name }) => !Object.hasOwn(variables, name));
    container.envFrom = (container.envFrom ?? []).filter(({ secretRef }) => secretRef === undefined);
  }
  return copy;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type WritablePod = Writable<Omit<PodManifest, 'containers'>> & { readonly containers?: Writable<ContainerManifest>[] };
