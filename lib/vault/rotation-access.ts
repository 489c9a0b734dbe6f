import {
  durationSeconds,
  type Environment,
  type ExternalSecretsDelivery,
  rotatesByItself,
  rotationAudience,
  rotationPath,
  rotationRole,
  workloadNames,
} from '../catalog';
import { rotatableFields } from '../rotation/rotatable-fields';
import { ownToken } from './own-token';
import { type PolicyRule, policyRules, renderPolicy } from './policy';
import type { WorkloadAccess } from './workload-access';

/**
 * Access of the rotator: it reads and patches what rotates by itself, keeps the journals of these rotations, and looks
 * at the age of everything else. It is a role of its own beside that of the workload, so that the operator, which may
 * log in as the workload for its variables, cannot write anything.
 * @returns nothing where the environment does not rotate on schedule
 */
export function accessOfRotation(environment: Environment<ExternalSecretsDelivery>): WorkloadAccess | undefined {
  const { catalog, delivery, rotation } = environment;
  const workload = rotation && catalog.workloads[rotation.workload];
  if (!workload) {
    return undefined;
  }
  const { auth, mount } = delivery.vault;
  const name = rotationRole(catalog.name);
  const rules = policyRules(name, [...rotationRules(environment, mount), ...ownToken]);
  const ttl = durationSeconds(auth.tokenTtl);
  return {
    workload: rotation.workload,
    policy: { name, rules, text: renderPolicy(name, rules) },
    role: {
      name,
      boundServiceAccountNames: [workloadNames(catalog.name, rotation.workload).serviceAccount],
      boundServiceAccountNamespaces: [workload.namespace],
      audience: rotationAudience(auth),
      tokenPolicies: [name],
      tokenTtl: ttl,
      tokenMaxTtl: ttl,
      tokenNoDefaultPolicy: true,
      aliasNameSource: 'serviceaccount_name',
    },
  };
}

function rotationRules({ catalog }: Environment, mount: string): PolicyRule[] {
  return rotatableFields(catalog).flatMap((field): PolicyRule[] => {
    const { path } = field.secret;
    const journal = `${mount}/data/${rotationPath}/${path}/${field.fieldName}`;
    const age: PolicyRule = { path: `${mount}/metadata/${path}`, capabilities: ['read'] };
    return rotatesByItself(field)
      ? [
          age,
          { path: `${mount}/data/${path}`, capabilities: ['read', 'patch'] },
          { path: `${mount}/subkeys/${path}`, capabilities: ['read'] },
          { path: journal, capabilities: ['create', 'read', 'update'] },
        ]
      : [age, { path: journal, capabilities: ['read'] }];
  });
}
