import { variableName } from '../../../catalog/usable-names';
import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { ObjectRule } from '../rule';
import { describeObject, indexOf } from '../source-index';

/** Keys that no program can read as variables. */
export const invalidVariableName: ObjectRule = {
  id: 'invalid-variable-name',
  summary: 'a key that is loaded with envFrom is no name of a variable',
  why: 'The kubelet leaves out a key that begins with a digit, with an event that nobody reads. One with "-" or "." it sets, but no shell can read it, and many programs do not look for it.',
  fix: 'Name keys with letters, digits and "_", not beginning with a digit, or mount the Secret as files.',
  example: { wrong: 'secretKey: jwt-secret', right: 'secretKey: JWT_SECRET' },
  severity: 'warning',
  checkObjects: (objects) => {
    const index = indexOf(objects);
    return index.references
      .filter(({ use }) => use === 'variables')
      .flatMap((reference) => {
        const { from, path, kind, name } = reference;
        const [source] = index.meant(reference);
        const prefix = textOf(mapOf(partOf(from.manifest, path.slice(0, -2))).prefix) ?? '';
        const wrong = listOf(source?.keys).filter((key) => !variableName.test(`${prefix}${String(key)}`));
        return source === undefined || wrong.length === 0
          ? []
          : [
              {
                location: from.locate(path),
                message: `${describeObject(from)} loads ${kind} ${name} as variables, and these keys are no names of variables: ${wrong.join(', ')}`,
                fix: 'rename the keys, or mount them as files',
                related: [{ ...source.maker.locate(source.path), message: `${kind} ${name} is made here` }],
              },
            ];
      });
  },
};
