import { notMade } from '../not-made';
import type { ObjectRule } from '../rule';

/** A ConfigMap that pods need and that nothing in the repository makes. */
export const configMapNotMade: ObjectRule = {
  id: 'configmap-not-made',
  summary: 'a ConfigMap is named, and nothing in the repository makes it',
  why: 'Pods that need it stay in CreateContainerConfigError or ContainerCreating until somebody makes it by hand.',
  fix: 'Correct the name, or add the ConfigMap or its generator. If pods can do without it, say so with "optional: true".',
  example: {
    wrong: `envFrom: [{ configMapRef: { name: backend-configs } }] # the ConfigMap is backend-config`,
    right: `envFrom: [{ configMapRef: { name: backend-config } }]`,
  },
  severity: 'error',
  checkObjects: (objects) => notMade(objects, 'ConfigMap'),
};
