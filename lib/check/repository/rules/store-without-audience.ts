import { listOf } from '../../../plain-data';
import { partOf } from '../data';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';
import { storeAccount } from '../stores';

/** A store whose tokens are good for more than Vault. */
export const storeWithoutAudience: ObjectRule = {
  id: 'store-without-audience',
  summary: "the tokens of a store's service account are for no audience in particular",
  why: 'A token without an audience of its own is accepted by the API server too, so whoever runs Vault can act in the cluster as that service account, and Vault accepts tokens that were made for others.',
  fix: 'Write audiences: [vault] in the serviceAccountRef, and audience=vault in the role in Vault.',
  example: {
    wrong: 'serviceAccountRef: { name: backend }',
    right: 'serviceAccountRef: { name: backend, audiences: [vault] }',
  },
  severity: 'warning',
  checkObjects: (objects) =>
    objects.flatMap((object) => {
      const account = storeAccount(object);
      return account === undefined || listOf(partOf(object.manifest, [...account.path, 'audiences'])).length > 0
        ? []
        : [
            {
              location: object.locate(account.path),
              message: `${describeObject(object)} logs in with tokens of ${account.name} that have no audience of their own`,
              fix: 'write audiences: [vault], and give the role in Vault the same audience',
            },
          ];
    }),
};
