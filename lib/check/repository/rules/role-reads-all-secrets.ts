import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import { podPath } from '../references';
import type { Fault, ObjectRule } from '../rule';
import { describeObject, meet, sameNamespace } from '../source-index';

/** A workload that may read every Secret around it. */
export const roleReadsAllSecrets: ObjectRule = {
  id: 'role-reads-all-secrets',
  summary: 'a workload may read every Secret of its namespace, or of the cluster',
  why: 'Whoever takes over that pod has all of them. "list" and "watch" give the values too.',
  fix: 'Name the Secrets in resourceNames with the verb get, or remove the rule: pods need no right for what they load as variables or files.',
  example: {
    wrong: 'rules: [{ apiGroups: [""], resources: [secrets], verbs: [get, list] }]',
    right: 'rules: [{ apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [backend-secret] }]',
  },
  severity: 'warning',
  checkObjects: (objects) =>
    objects
      .filter(({ manifest }) => manifest.kind === 'Role' || manifest.kind === 'ClusterRole')
      .flatMap((role) => {
        const rule = listOf(role.manifest.rules).findIndex(readsAll);
        const workload = rule === -1 ? undefined : boundWorkload(objects, role);
        return workload === undefined ? [] : [describeFault(role, rule, workload)];
      }),
};

function readsAll(rule: unknown): boolean {
  const { apiGroups, resources, verbs, resourceNames } = mapOf(rule);
  const has = (list: unknown, ...values: readonly string[]): boolean =>
    listOf(list).some((item) => typeof item === 'string' && values.includes(item));
  return (
    has(apiGroups, '', '*') &&
    has(resources, 'secrets', '*') &&
    has(verbs, 'get', 'list', 'watch', '*') &&
    listOf(resourceNames).length === 0
  );
}

function boundWorkload(objects: readonly LocatedObject[], role: LocatedObject): LocatedObject | undefined {
  const bindings = objects.filter(({ manifest }) => {
    const { kind, name } = mapOf(manifest.roleRef);
    return (
      (manifest.kind === 'RoleBinding' || manifest.kind === 'ClusterRoleBinding') &&
      kind === role.manifest.kind &&
      name === role.manifest.metadata.name
    );
  });
  const subjects = bindings
    .filter((binding) => meet(binding, role))
    .flatMap(({ manifest }) => listOf(manifest.subjects));
  return objects.find((object) => {
    const pod = podPath(object);
    const account = pod && (textOf(partOf(object.manifest, [...pod, 'serviceAccountName'])) ?? 'default');
    return (
      account !== undefined &&
      meet(object, role) &&
      subjects.some((subject) => {
        const { kind, name, namespace } = mapOf(subject);
        return (
          kind === 'ServiceAccount' &&
          name === account &&
          sameNamespace(textOf(namespace), object.manifest.metadata.namespace)
        );
      })
    );
  });
}

function describeFault(role: LocatedObject, rule: number, workload: LocatedObject): Fault {
  return {
    location: role.locate(['rules', rule]),
    message: `${describeObject(role)} lets ${describeObject(workload)} read every Secret, not only its own`,
    fix: 'name the Secrets in resourceNames, or remove the rule',
    related: [{ ...workload.locate(['metadata', 'name']), message: 'the workload' }],
  };
}
