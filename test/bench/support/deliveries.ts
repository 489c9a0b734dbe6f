import { App, Chart } from 'cdk8s';
import {
  type Catalog,
  catalogReferences,
  type Environment,
  type ExternalSecretsDelivery,
  referencesOf,
  workload,
  workloadNames,
} from '../../../lib/catalog';
import { VaultDelivery } from '../../../lib/kubernetes';
import type { KubernetesObject } from '../../../lib/kubernetes/client';
import { externalSecretApi } from '../../../lib/kubernetes/refresh';

type VaultEnvironment = Environment<ExternalSecretsDelivery>;

/** The way from Vault to the Secrets of a catalog. */
export interface Delivery {
  /** Whose access the stores log in with. */
  readonly access: VaultEnvironment;
  /** Stores, and what they need. */
  readonly stores: readonly KubernetesObject[];
  readonly externalSecrets: readonly KubernetesObject[];
}

/** As this library makes it: a store a workload, and one request a Vault path. */
export function ourDelivery(environment: VaultEnvironment): Delivery {
  const chart = new Chart(new App(), environment.name);
  new VaultDelivery(chart, 'Delivery', { environment });
  const objects = chart.toJson() as KubernetesObject[];
  return {
    access: environment,
    stores: objects.filter(({ kind }) => kind !== 'ExternalSecret'),
    externalSecrets: objects.filter(({ kind }) => kind === 'ExternalSecret'),
  };
}

/**
 * As it is written by hand: one store for all workloads, whose role reads every path, and an entry of `data` for each
 * variable (https://external-secrets.io/latest/provider/hashicorp-vault/). A URL counts as one entry, as if it were
 * stored whole.
 */
export function entryDelivery(environment: VaultEnvironment): Delivery {
  const { catalog, delivery } = environment;
  const reader = { ...environment, catalog: readerOf(catalog) };
  const { stores } = ourDelivery(reader);
  const { store } = workloadNames(reader.catalog.name, 'reader');
  return {
    access: reader,
    stores: stores.map((object) => (object.kind === 'ClusterSecretStore' ? forEveryNamespace(object) : object)),
    externalSecrets: Object.entries(catalog.workloads).map(([name, { namespace, env }]) => {
      const { externalSecret, secret } = workloadNames(catalog.name, name);
      const data = Object.entries(env).map(([secretKey, value]) => {
        const [reference] = referencesOf(value).reverse();
        return { secretKey, remoteRef: { key: reference?.secret.path, property: reference?.fieldName } };
      });
      return {
        apiVersion: externalSecretApi,
        kind: 'ExternalSecret',
        metadata: { name: externalSecret, namespace },
        spec: {
          refreshInterval: delivery.refreshInterval,
          secretStoreRef: { name: store, kind: 'ClusterSecretStore' },
          target: { name: secret },
          data,
        },
      };
    }),
  };
}

/** A catalog with one workload, which reads every path of another catalog. */
function readerOf(catalog: Catalog): Catalog {
  const byPath = new Map(catalogReferences(catalog).map(({ reference }) => [reference.secret.path, reference]));
  const env = Object.fromEntries([...byPath.values()].map((reference, index) => [`PATH_${index}`, reference]));
  return { name: 'reader', workloads: { reader: workload({ namespace: 'default', env }) }, secrets: [] };
}

function forEveryNamespace(store: KubernetesObject): KubernetesObject {
  const { provider } = store.spec as { provider: object };
  return { ...store, spec: { provider } };
}
