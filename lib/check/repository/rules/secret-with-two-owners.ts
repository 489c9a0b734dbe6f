import { dirname } from 'node:path/posix';
import { groupBy } from '../../../catalog/group-by';
import type { ObjectRule } from '../rule';
import { describeObject, indexOf, meet, placeName } from '../source-index';
import type { MadeSource } from '../sources';
import { isStore } from '../stores';

/** One Secret that two objects make. */
export const secretWithTwoOwners: ObjectRule = {
  id: 'secret-with-two-owners',
  summary: 'two objects make the same Secret',
  why: 'They write over each other, or the second one fails. Pods get the values of whoever came last, which changes from one refresh to the next.',
  fix: 'Rename or remove one of them. An ExternalSecret that adds keys to a Secret of another says so with creationPolicy: Merge.',
  example: {
    wrong: `kind: ExternalSecret # target.name: backend-secret
kind: Secret         # metadata.name: backend-secret`,
    right: 'kind: ExternalSecret # alone',
  },
  severity: 'error',
  checkObjects: (objects) => {
    const made = indexOf(objects).made.filter(({ kind, maker }) => kind === 'Secret' && !isStore(maker));
    return [...groupBy(made, ({ name }) => name).values()].flatMap((owners) =>
      owners.flatMap((owner, index) => {
        const other = owners.slice(0, index).find((candidate) => areRivals(candidate, owner));
        return other === undefined
          ? []
          : [
              {
                location: owner.maker.locate(owner.path),
                message: `${describeObject(owner.maker)} makes Secret ${placeName(owner.name, owner.namespace)}, and so does ${describeObject(other.maker)}`,
                fix: 'rename or remove one of them; to add keys to a Secret of another, write creationPolicy: Merge',
                related: [{ ...other.maker.locate(other.path), message: 'the other owner' }],
              },
            ];
      }),
    );
  },
};

/** The same object in two files is a variant of itself, not a rival. */
function areRivals(one: MadeSource, other: MadeSource): boolean {
  const [first, second] = [one.maker, other.maker];
  const known = one.namespace !== undefined && other.namespace !== undefined;
  const together = dirname(first.locate([]).file) === dirname(second.locate([]).file);
  return (
    meet(first, second) &&
    describeObject(first) !== describeObject(second) &&
    (known ? one.namespace === other.namespace : together)
  );
}
