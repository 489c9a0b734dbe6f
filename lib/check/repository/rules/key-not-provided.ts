import { correctionOf } from '../../../catalog/nearest';
import type { ObjectRule } from '../rule';
import { describeObject, indexOf, namespaceOf, placeName } from '../source-index';

/** A key of a Secret or ConfigMap that nothing puts into it. */
export const keyNotProvided: ObjectRule = {
  id: 'key-not-provided',
  summary: 'a key is wanted that the Secret or ConfigMap does not have',
  why: 'The pod stays in CreateContainerConfigError, or its volume is never mounted. With an ExternalSecret the Secret is there and looks healthy.',
  fix: 'Correct the key, or deliver it: in the data of the ExternalSecret, of the SealedSecret or of the ConfigMap.',
  example: {
    wrong: `valueFrom: { secretKeyRef: { name: backend-secret, key: JWT_SECRETS } } # the ExternalSecret makes JWT_SECRET`,
    right: `valueFrom: { secretKeyRef: { name: backend-secret, key: JWT_SECRET } }`,
  },
  severity: 'error',
  checkObjects: (objects) => {
    const index = indexOf(objects);
    return index.references.flatMap((reference) => {
      const { key, kind, name, from, path, optional } = reference;
      const sources = index.meant(reference);
      const [first] = sources;
      const keys = sources.flatMap((source) => source.keys ?? []);
      const provided = key === undefined || keys.includes(key) || sources.some((source) => source.keys === undefined);
      if (first === undefined || optional || provided) {
        return [];
      }
      return [
        {
          location: from.locate(path.at(-1) === 'key' ? path : [...path.slice(0, -1), 'key']),
          message: `${describeObject(from)} needs key ${key} of ${kind} ${placeName(name, namespaceOf(reference))}, which has ${keys.length === 0 ? 'none' : keys.join(', ')}`,
          fix: correctionOf(key, keys, `deliver ${key}, or correct the key`),
          related: [{ ...first.maker.locate(first.path), message: `${kind} ${name} is made here` }],
        },
      ];
    });
  },
};
