import { groupBy } from '../../../catalog/group-by';
import { composeFaults } from '../compose-rules';
import type { LocatedObject } from '../model';
import type { Fault, RepositoryRule } from '../rule';
import { describeObject, indexOf, meet, namespaceOf, placeName } from '../source-index';

/** One variable or Secret that is needed here and may be missing there. */
export const requiredAndOptionalDisagree: RepositoryRule = {
  id: 'required-and-optional-disagree',
  summary: 'a variable or a Secret is required in one place and optional in another',
  why: 'Where it is optional the program starts without it, and two services that must have the same value have different ones.',
  fix: 'Use the same form in both places.',
  example: {
    wrong: `backend: { environment: { QUEUE_URL: '\${QUEUE_URL:?set it}' } }
worker: { environment: { QUEUE_URL: '\${QUEUE_URL:-amqp://localhost}' } }`,
    right: `both: '\${QUEUE_URL:?set it}'`,
  },
  severity: 'warning',
  checkRepository: (repository) => [
    ...composeFaults(repository, ['inconsistent', 'different-defaults'], 'use the same form in both places'),
    ...objectFaults(repository.objects),
  ],
};

function objectFaults(objects: readonly LocatedObject[]): Fault[] {
  const named = groupBy(indexOf(objects).references, (reference) =>
    [reference.kind, placeName(reference.name, namespaceOf(reference)), reference.key ?? ''].join(' '),
  );
  return [...named.values()].flatMap((references) =>
    references.flatMap((reference) => {
      const required = references.find(({ optional, from }) => !optional && meet(from, reference.from));
      return !reference.optional || required === undefined
        ? []
        : [
            {
              location: reference.from.locate(reference.path),
              message: `${reference.kind} ${reference.name} may be missing for ${describeObject(reference.from)}, and is required by ${describeObject(required.from)}`,
              fix: 'remove optional: true, or write it in both places',
              related: [{ ...required.from.locate(required.path), message: 'it is required here' }],
            },
          ];
    }),
  );
}
