import { listOf, mapOf } from '../../plain-data';
import { partOf, textOf } from './data';
import type { LocatedObject, ObjectPath } from './model';

/** Whether an object is a store of External Secrets Operator. */
export function isStore({ manifest }: LocatedObject): boolean {
  return (
    (manifest.kind === 'SecretStore' || manifest.kind === 'ClusterSecretStore') &&
    manifest.apiVersion.startsWith('external-secrets.io/')
  );
}

/** A store that an object takes values from. */
export interface StoreReference {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  readonly path: ObjectPath;
}

/** The stores that an ExternalSecret or ClusterExternalSecret names. */
export function storeReferencesOf({ manifest }: LocatedObject): StoreReference[] {
  const spec: ObjectPath | undefined =
    manifest.kind === 'ExternalSecret'
      ? ['spec']
      : manifest.kind === 'ClusterExternalSecret'
        ? ['spec', 'externalSecretSpec']
        : undefined;
  if (spec === undefined) {
    return [];
  }
  const entries = ['data', 'dataFrom'].flatMap((list) =>
    listOf(partOf(manifest, [...spec, list])).map((_, index) => [...spec, list, index, 'sourceRef', 'storeRef']),
  );
  return [[...spec, 'secretStoreRef'], ...entries].flatMap((path): StoreReference[] => {
    const { name, kind = 'SecretStore' } = mapOf(partOf(manifest, path));
    const known = kind === 'SecretStore' || kind === 'ClusterSecretStore';
    return known && textOf(name) !== undefined ? [{ kind, name: String(name), path: [...path, 'name'] }] : [];
  });
}

/** Where the settings for Vault are in a store; nothing for other providers. */
export function vaultPath(store: LocatedObject): ObjectPath | undefined {
  const path = ['spec', 'provider', 'vault'];
  return isStore(store) && partOf(store.manifest, path) !== undefined ? path : undefined;
}

/** The service account that a store logs in to Vault with. */
export function storeAccount(store: LocatedObject):
  | {
      readonly name: string;
      /** @default - that of whoever uses the store */
      readonly namespace?: string;
      readonly path: ObjectPath;
    }
  | undefined {
  const vault = vaultPath(store);
  const path = vault && [...vault, 'auth', 'kubernetes', 'serviceAccountRef'];
  const reference = path && mapOf(partOf(store.manifest, path));
  const name = textOf(reference?.name);
  if (path === undefined || name === undefined) {
    return undefined;
  }
  const namespace =
    store.manifest.kind === 'SecretStore' ? store.manifest.metadata.namespace : textOf(reference?.namespace);
  return { name, path, ...(namespace === undefined ? {} : { namespace }) };
}
