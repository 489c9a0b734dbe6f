import { scopeOf } from '../../../sealing/scope';
import { mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import type { Fault, ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/** A SealedSecret that says two things about where it opens. */
export const sealedSecretMismatch: ObjectRule = {
  id: 'sealed-secret-mismatch',
  summary: 'a SealedSecret and its template differ in name, namespace or scope',
  why: 'A value opens under the name, namespace and scope that it was sealed for, and nowhere else. The controller goes by the object; older ones and re-encryption went by the template, which is how CVE-2026-22728 widened a scope.',
  fix: 'Write the same name, namespace and scope annotations in both places, or seal again.',
  example: {
    wrong: `metadata: { name: backend, annotations: { sealedsecrets.bitnami.com/cluster-wide: "true" } }
spec: { template: { metadata: { name: backend } } }`,
    right: `metadata: { name: backend }
spec: { template: { metadata: { name: backend } } }`,
  },
  severity: 'error',
  checkObjects: (objects) => objects.filter(({ manifest }) => manifest.kind === 'SealedSecret').flatMap(checkTemplate),
};

function checkTemplate(object: LocatedObject): Fault[] {
  const path = ['spec', 'template', 'metadata'];
  const template = partOf(object.manifest, path);
  if (template === undefined) {
    return [];
  }
  const { metadata } = object.manifest;
  const { name = metadata.name, namespace = metadata.namespace, annotations } = mapOf(template);
  const [scope, templateScope] = [scopeOf(metadata.annotations), scopeOf(mapOf(annotations))];
  const differences = [
    ...(textOf(name) === metadata.name ? [] : [{ key: 'name', is: metadata.name, other: String(name) }]),
    ...(metadata.namespace === undefined || textOf(namespace) === metadata.namespace
      ? []
      : [{ key: 'namespace', is: metadata.namespace, other: String(namespace) }]),
    ...(scope === templateScope ? [] : [{ key: 'annotations', is: scope, other: templateScope }]),
  ];
  return differences.map(({ key, is, other }) => ({
    location: object.locate([...path, key]),
    message: `${describeObject(object)} has the ${key === 'annotations' ? 'scope' : key} ${is}, and its template ${other}`,
    fix: `write ${is} in both places, or seal the values again for ${other}`,
    related: [{ ...object.locate(['metadata', key]), message: `${is} stands here` }],
  }));
}
