import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';
import type { LocatedObject, Location, ObjectPath } from '../model';
import { containersOf, type LocatedContainer } from '../references';
import type { Fault, ObjectRule } from '../rule';
import { describeObject, indexOf, type LocatedReference } from '../source-index';

/** Two values for one variable of a container. */
export const variableDeliveredTwice: ObjectRule = {
  id: 'variable-delivered-twice',
  summary: 'a container gets one variable from two places',
  why: "Kubernetes says nothing: the container's own variable wins over a loaded one, and a later source over an earlier one. After a rotation the program may still have the other value.",
  fix: 'Remove the variable from one of the two.',
  example: {
    wrong: `envFrom: [{ secretRef: { name: backend-secret } }, { secretRef: { name: legacy-secret } }] # JWT_SECRET is in both`,
    right: `envFrom: [{ secretRef: { name: backend-secret } }]`,
  },
  severity: 'warning',
  checkObjects: (objects) => {
    const references = new Map<LocatedObject, LocatedReference[]>();
    const index = indexOf(objects);
    for (const reference of index.references.filter(({ use }) => use === 'variables')) {
      references.set(reference.from, [...(references.get(reference.from) ?? []), reference]);
    }
    return objects.flatMap((object) =>
      containersOf(object).flatMap((container) => {
        const loaded = (references.get(object) ?? []).flatMap((reference) =>
          loadedVariables(object, container, reference, index.meant(reference)[0]?.keys),
        );
        return checkVariables(object, container, [...loaded, ...ownVariables(object, container)]);
      }),
    );
  },
};

interface Variable {
  readonly name: string;
  readonly origin: string;
  readonly location: Location;
}

function startsWith(path: ObjectPath, start: ObjectPath): boolean {
  return start.every((step, index) => path[index] === step);
}

function loadedVariables(
  object: LocatedObject,
  { container, path }: LocatedContainer,
  reference: LocatedReference,
  keys: readonly string[] = [],
): Variable[] {
  if (!startsWith(reference.path, path)) {
    return [];
  }
  const prefix = textOf(mapOf(listOf(container.envFrom)[Number(reference.path[path.length + 1])]).prefix) ?? '';
  const location = object.locate(reference.path);
  return keys.map((key) => ({ name: `${prefix}${key}`, origin: `${reference.kind} ${reference.name}`, location }));
}

function ownVariables(object: LocatedObject, { container, path }: LocatedContainer): Variable[] {
  return listOf(container.env).flatMap((entry, index) => {
    const name = textOf(mapOf(entry).name);
    return name === undefined
      ? []
      : [{ name, origin: 'the container itself', location: object.locate([...path, 'env', index, 'name']) }];
  });
}

function checkVariables(
  object: LocatedObject,
  { name: container }: LocatedContainer,
  all: readonly Variable[],
): Fault[] {
  const first = new Map<string, Variable>();
  return all.flatMap((variable) => {
    const other = first.get(variable.name);
    first.set(variable.name, variable);
    return other === undefined
      ? []
      : [
          {
            location: variable.location,
            message: `container ${container} of ${describeObject(object)} gets ${variable.name} from ${other.origin} and from ${variable.origin}, which wins`,
            fix: `remove ${variable.name} from one of them`,
            related: [{ ...other.location, message: `${variable.name} comes from ${other.origin} here` }],
          },
        ];
  });
}
