import { nearestName } from '../../../catalog/nearest';
import type { LocatedObject } from '../model';
import type { Fault, ObjectRule } from '../rule';
import { describeObject, meet } from '../source-index';
import { isStore, storeReferencesOf, type StoreReference } from '../stores';

/** An ExternalSecret that takes values from a store that nobody makes. */
export const storeNotFound: ObjectRule = {
  id: 'store-not-found',
  summary: 'an ExternalSecret names a store that nothing in the repository makes',
  why: 'The ExternalSecret never becomes ready, and its Secret is never made. A reference without "kind" means a SecretStore, also where a ClusterSecretStore of that name exists.',
  fix: 'Correct the name or the kind. A ClusterSecretStore that others make is not reported, unless this repository has some of its own.',
  example: {
    wrong: 'secretStoreRef: { name: vault-backend } # vault-backend is a ClusterSecretStore',
    right: 'secretStoreRef: { name: vault-backend, kind: ClusterSecretStore }',
  },
  severity: 'error',
  checkObjects: (objects) => {
    const stores = objects.filter(isStore);
    return objects.flatMap((object) =>
      storeReferencesOf(object).flatMap((reference) => {
        const near = stores.filter((store) => meet(store, object));
        return checkReference(object, reference, near);
      }),
    );
  },
};

function checkReference(
  object: LocatedObject,
  { kind, name, path }: StoreReference,
  stores: readonly LocatedObject[],
): Fault[] {
  const ofKind = stores.filter(({ manifest }) => manifest.kind === kind);
  if (
    ofKind.some(({ manifest }) => manifest.metadata.name === name) ||
    (kind === 'ClusterSecretStore' && ofKind.length === 0)
  ) {
    return [];
  }
  const location = object.locate(path);
  const otherKind = stores.find(({ manifest }) => manifest.metadata.name === name);
  const message = `${describeObject(object)} takes values from ${kind} ${name}, and nothing makes it`;
  if (otherKind) {
    const fix = `write kind: ${otherKind.manifest.kind} in the reference`;
    const related = [{ ...otherKind.locate(['kind']), message: 'a store of that name and of the other kind' }];
    return [{ location, message: `${message}; ${describeObject(otherKind)} is made`, fix, related }];
  }
  const meant = nearestName(
    name,
    ofKind.map(({ manifest }) => manifest.metadata.name),
  );
  return [
    { location, message, fix: meant === undefined ? `add the ${kind}, or correct the name` : `did you mean ${meant}?` },
  ];
}
