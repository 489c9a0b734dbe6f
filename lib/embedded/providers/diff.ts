import { hasUnknown, isList, isMap, type PropertyMap, propertyOf, type PropertyValue, sameValue } from './values';

/** What happens to one property. */
export interface PropertyChange {
  readonly kind: 'add' | 'update' | 'delete';
  /** Whether the resource has to be made anew for it. @default false */
  readonly replace?: boolean;
}

/** Changes by the path of the property: `spec.rules[0].verbs`, `metadata.labels["app.kubernetes.io/name"]`. */
export type Changes = ReadonlyMap<string, PropertyChange>;

type Path = readonly (string | number)[];

/** The path of a property as the engine writes it (https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/). */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') {
      return `${text}[${step}]`;
    }
    if (/[."[\]]/.test(step)) {
      return `${text}["${step.replaceAll('"', '\\"')}"]`;
    }
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** The smallest properties that differ between two sets of properties. */
export function compareProperties(before: PropertyMap, after: PropertyMap): Changes {
  const changes = new Map<string, PropertyChange>();
  compare(before, after, [], changes);
  return changes;
}

function compare(
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
  path: Path,
  changes: Map<string, PropertyChange>,
): void {
  if (sameValue(before, after) && !hasUnknown(after)) {
    return;
  }
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(propertyOf(before, key), propertyOf(after, key), [...path, key], changes);
    }
  } else if (isList(before) && isList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      compare(before[index], after[index], [...path, index], changes);
    }
  } else {
    changes.set(formatPath(path), { kind: kindOf(before, after) });
  }
}

function kindOf(before: PropertyValue | undefined, after: PropertyValue | undefined): PropertyChange['kind'] {
  if (before === undefined) {
    return 'add';
  }
  return after === undefined ? 'delete' : 'update';
}
