import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject, ObjectPath } from '../model';
import type { Fault, ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/**
 * What the operator's webhook refuses
 * (apis/externalsecrets/v1/externalsecret_validator.go of github.com/external-secrets/external-secrets).
 */
export const externalSecretRefused: ObjectRule = {
  id: 'external-secret-refused',
  summary: 'an ExternalSecret contradicts itself, so the operator refuses it',
  why: 'The webhook answers with an error when it is applied. Where the webhook is switched off, the ExternalSecret never becomes ready.',
  fix: 'Deletion "Delete" goes with creation "Owner" only, and "Merge" not with "None". There is data or dataFrom, and each secretKey once.',
  example: {
    wrong: 'target: { creationPolicy: Merge, deletionPolicy: Delete }',
    right: 'target: { creationPolicy: Owner, deletionPolicy: Delete }',
  },
  severity: 'error',
  checkObjects: (objects) =>
    objects
      .filter(({ manifest }) => manifest.kind === 'ExternalSecret')
      .flatMap((object) => [...checkPolicies(object), ...checkData(object)]),
};

function checkPolicies(object: LocatedObject): Fault[] {
  const target = mapOf(partOf(object.manifest, ['spec', 'target']));
  const creation = textOf(target.creationPolicy) ?? 'Owner';
  const deletion = textOf(target.deletionPolicy) ?? 'Retain';
  const refused = (deletion === 'Delete' && creation !== 'Owner') || (deletion === 'Merge' && creation === 'None');
  return refused
    ? [
        fault(
          object,
          ['spec', 'target', 'deletionPolicy'],
          `has deletionPolicy ${deletion} with creationPolicy ${creation}`,
          deletion === 'Delete'
            ? 'write creationPolicy: Owner, or deletionPolicy: Retain'
            : 'write deletionPolicy: Retain',
        ),
      ]
    : [];
}

function checkData(object: LocatedObject): Fault[] {
  const data = listOf(partOf(object.manifest, ['spec', 'data']));
  if (data.length === 0 && listOf(partOf(object.manifest, ['spec', 'dataFrom'])).length === 0) {
    return [fault(object, ['spec'], 'has neither data nor dataFrom', 'say what is fetched')];
  }
  const keys = data.map((entry) => textOf(mapOf(entry).secretKey));
  return keys.flatMap((key, index) =>
    key !== undefined && keys.indexOf(key) < index
      ? [fault(object, ['spec', 'data', index, 'secretKey'], `has the key ${key} twice`, 'remove one of the two')]
      : [],
  );
}

function fault(object: LocatedObject, path: ObjectPath, what: string, fix: string): Fault {
  return { location: object.locate(path), message: `${describeObject(object)} ${what}`, fix };
}
