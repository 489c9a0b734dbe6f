import { groupBy } from '../../../catalog/group-by';
import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import { podPath } from '../references';
import type { ObjectRule } from '../rule';
import { describeObject, meet, placeName, sameNamespace } from '../source-index';
import { storeAccount } from '../stores';

/** Two workloads that are one for Vault. */
export const sharedIdentity: ObjectRule = {
  id: 'shared-identity',
  summary: 'two workloads share the service account that a store logs in with',
  why: 'Each of them may read what the role grants the other, and the audit log cannot tell them apart. Workloads without a serviceAccountName share the account "default".',
  fix: 'Give each workload a service account, a role and a store of its own.',
  example: {
    wrong: `kind: Deployment # backend, serviceAccountName: shop
kind: Deployment # ml-api, serviceAccountName: shop`,
    right: `kind: Deployment # backend, serviceAccountName: backend
kind: Deployment # ml-api, serviceAccountName: ml-api`,
  },
  severity: 'warning',
  checkObjects: (objects) => {
    const stores = objects.flatMap((store) => {
      const account = storeAccount(store);
      return account?.namespace === undefined ? [] : [{ store, ...account }];
    });
    const workloads = objects.filter((object) => podPath(object) !== undefined);
    const byAccount = groupBy(workloads, (object) => placeName(accountOf(object), object.manifest.metadata.namespace));
    return [...byAccount.values()].flatMap((sharing) =>
      sharing.flatMap((workload, index) => {
        const { name, namespace } = { name: accountOf(workload), namespace: workload.manifest.metadata.namespace };
        const login = stores.find(
          (store) => store.name === name && sameNamespace(store.namespace, namespace) && meet(store.store, workload),
        );
        const other = sharing
          .slice(0, index)
          .find((candidate) => meet(candidate, workload) && describeObject(candidate) !== describeObject(workload));
        if (login === undefined || other === undefined) {
          return [];
        }
        return [
          {
            location: workload.locate([...(podPath(workload) ?? []), 'serviceAccountName']),
            message: `${describeObject(workload)} shares the service account ${name} with ${describeObject(other)}, so each may read what ${describeObject(login.store)} gives the other`,
            fix: 'give it a service account of its own',
            related: [
              { ...other.locate([...(podPath(other) ?? []), 'serviceAccountName']), message: 'the other workload' },
              { ...login.store.locate(login.path), message: 'the store that logs in with this account' },
            ],
          },
        ];
      }),
    );
  },
};

function accountOf(workload: LocatedObject): string {
  return textOf(partOf(workload.manifest, [...(podPath(workload) ?? []), 'serviceAccountName'])) ?? 'default';
}
