import { notMade } from '../not-made';
import type { ObjectRule } from '../rule';

/** A Secret that pods need and that nothing in the repository makes. */
export const secretNotMade: ObjectRule = {
  id: 'secret-not-made',
  summary: 'a Secret is named, and nothing in the repository makes it',
  why: 'Pods that need it stay in CreateContainerConfigError or ContainerCreating until somebody makes it by hand. With a name that is nearly right this is a typing error that no tool reports.',
  fix: 'Correct the name, or add the ExternalSecret, SealedSecret or generator that makes the Secret. If pods can do without it, say so with "optional: true".',
  example: {
    wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: backend, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: backend
          envFrom: [{ secretRef: { name: backend-secrets } }] # the ExternalSecret makes backend-secret`,
    right: `          envFrom: [{ secretRef: { name: backend-secret } }]`,
  },
  severity: 'error',
  checkObjects: (objects) => notMade(objects, 'Secret'),
};
