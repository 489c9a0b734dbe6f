import type { LocatedObject } from '../model';
import type { Fault, ObjectRule } from '../rule';
import { describeObject, indexOf, meet, namespaceOf, placeName, sameNamespace } from '../source-index';
import { storeReferencesOf } from '../stores';

/** What is named exists, in another namespace. */
export const namespaceDiffers: ObjectRule = {
  id: 'namespace-differs',
  summary: 'what is named exists in another namespace only',
  why: 'A pod sees only Secrets and ConfigMaps of its own namespace, and an ExternalSecret only SecretStores of its own. Both wait forever, though "kubectl get --all-namespaces" shows what they wait for.',
  fix: 'Make it in the namespace of what uses it, or correct the namespace. For a store of many namespaces use a ClusterSecretStore with conditions.',
  example: {
    wrong: `kind: Deployment     # metadata.namespace: shop
kind: ExternalSecret # metadata.namespace: default, makes the Secret that the Deployment loads`,
    right: 'kind: ExternalSecret # metadata.namespace: shop',
  },
  severity: 'error',
  checkObjects: (objects) => [...sourcesElsewhere(objects), ...storesElsewhere(objects)],
};

function sourcesElsewhere(objects: readonly LocatedObject[]): Fault[] {
  const index = indexOf(objects);
  const reported = new Set<string>();
  return index.references.flatMap((reference) => {
    const { kind, name, from, path, optional } = reference;
    const [elsewhere] = index.named(kind, name, from);
    const { file, line = 0 } = from.locate(['kind']);
    const id = `${file}:${line} ${kind} ${name}`;
    if (optional || elsewhere === undefined || index.meant(reference).length > 0 || reported.has(id)) {
      return [];
    }
    reported.add(id);
    const place = placeName(name, namespaceOf(reference));
    const other = placeName(name, elsewhere.namespace);
    return [
      {
        location: from.locate(path),
        message: `${describeObject(from)} needs ${kind} ${place}, and only ${other} is made`,
        fix: `make ${kind} ${place}, or move one of the two to the namespace of the other`,
        related: [{ ...elsewhere.maker.locate(elsewhere.path), message: `${kind} ${other} is made here` }],
      },
    ];
  });
}

function storesElsewhere(objects: readonly LocatedObject[]): Fault[] {
  const stores = objects.filter(({ manifest }) => manifest.kind === 'SecretStore');
  return objects.flatMap((object) =>
    storeReferencesOf(object).flatMap(({ kind, name, path }) => {
      const namespace = object.manifest.kind === 'ExternalSecret' ? object.manifest.metadata.namespace : undefined;
      const named = stores.filter((store) => store.manifest.metadata.name === name && meet(store, object));
      const [elsewhere] = named;
      const here = named.some(({ manifest }) => sameNamespace(manifest.metadata.namespace, namespace));
      return kind !== 'SecretStore' || elsewhere === undefined || here
        ? []
        : [
            {
              location: object.locate(path),
              message: `${describeObject(object)} takes values from SecretStore ${placeName(name, namespace)}, and only ${describeObject(elsewhere)} is made`,
              fix: `make the SecretStore in namespace ${namespace ?? ''}, or use a ClusterSecretStore with conditions`,
              related: [{ ...elsewhere.locate(['metadata', 'name']), message: 'the SecretStore is made here' }],
            },
          ];
    }),
  );
}
