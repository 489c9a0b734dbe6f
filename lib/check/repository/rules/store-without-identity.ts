import { partOf } from '../data';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';
import { vaultPath } from '../stores';

/** A store that logs in as the operator itself. */
export const storeWithoutIdentity: ObjectRule = {
  id: 'store-without-identity',
  summary: "a store logs in to Vault with the operator's own service account",
  why: 'All such stores are one identity for Vault: a role for one of them is a role for all, and the audit log cannot tell who read.',
  fix: 'Name a service account of the workload in serviceAccountRef.',
  example: {
    wrong: 'kubernetes: { mountPath: kubernetes, role: backend }',
    right:
      'kubernetes: { mountPath: kubernetes, role: backend, serviceAccountRef: { name: backend, audiences: [vault] } }',
  },
  severity: 'warning',
  checkObjects: (objects) =>
    objects.flatMap((object) => {
      const vault = vaultPath(object);
      const path = vault && [...vault, 'auth', 'kubernetes'];
      const login = path && partOf(object.manifest, path);
      const identified = ['serviceAccountRef', 'secretRef'].some((key) => partOf(login, [key]) !== undefined);
      return path === undefined || login === undefined || identified
        ? []
        : [
            {
              location: object.locate(path),
              message: `${describeObject(object)} logs in to Vault as the operator itself`,
              fix: 'write serviceAccountRef with the service account of the workload',
            },
          ];
    }),
};
