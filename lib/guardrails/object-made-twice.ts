import { groupBy } from '../catalog/group-by';
import type { ObjectRule } from '../check/repository/rule';
import { describeObject } from '../check/repository/source-index';
import { madeTwice } from '../kubernetes/object-rules';

/** One object that a program makes more than once. In a repository the same object in two files is a variant of itself. */
export const objectMadeTwice: ObjectRule = {
  id: 'object-made-twice',
  summary: 'the same object is made more than once',
  why: 'The objects overwrite each other without a word, and which one remains depends on the order in which they are applied.',
  fix: 'Remove or rename all but one.',
  example: {
    wrong: `new ApiObject(this, 'one', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'backend' } });
new ApiObject(this, 'two', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'backend' } });`,
    right: `new ApiObject(this, 'one', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'backend' } });`,
  },
  severity: 'error',
  checkObjects: (objects) =>
    [...groupBy(objects, ({ environment = '' }) => environment).values()]
      .flatMap(madeTwice)
      .flatMap(([first, ...others]) =>
        others.map((other) => ({
          location: other.locate(['metadata', 'name']),
          message: `${describeObject(other)} is made more than once`,
          fix: 'remove or rename all but one',
          related: [{ ...first.locate(['metadata', 'name']), message: 'it is made here too' }],
        })),
      ),
};
