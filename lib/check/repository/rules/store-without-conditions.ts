import { listOf } from '../../../plain-data';
import { partOf } from '../data';
import type { LocatedObject } from '../model';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';
import { storeAccount } from '../stores';

/** A ClusterSecretStore that every namespace may use. */
export const storeWithoutConditions: ObjectRule = {
  id: 'store-without-conditions',
  summary: 'a ClusterSecretStore has no conditions, so every namespace may use it',
  why: 'Whoever may make an ExternalSecret in any namespace reads everything that the role of the store reads.',
  fix: 'List the namespaces under spec.conditions, use a SecretStore, or leave out the namespace of the service account, so that each namespace logs in as itself.',
  example: {
    wrong: `kind: ClusterSecretStore
spec: { provider: { vault: { ... } } }`,
    right: `kind: ClusterSecretStore
spec: { conditions: [{ namespaces: [shop] }], provider: { vault: { ... } } }`,
  },
  severity: 'error',
  checkObjects: (objects) =>
    objects.filter(isOpen).map((object) => ({
      location: object.locate(['spec']),
      message: `${describeObject(object)} has no conditions: every namespace may use it`,
      fix: 'write conditions: [{ namespaces: [...] }] with the namespaces that need it',
    })),
};

function isOpen(object: LocatedObject): boolean {
  const account = storeAccount(object);
  return (
    object.manifest.kind === 'ClusterSecretStore' &&
    listOf(partOf(object.manifest, ['spec', 'conditions'])).length === 0 &&
    !(account !== undefined && account.namespace === undefined)
  );
}
