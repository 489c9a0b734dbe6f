import { isList, isMap, type PropertyMap, propertyOf, type PropertyValue, sameValue } from '../values';
import type { FieldSet } from './managed-fields';

/**
 * The arguments as somebody changed them in the cluster: where the object is as the last operation left it, they keep
 * their form, whatever the API server made of it (`1000m` became `1`, defaults were filled in). Else they take the value
 * of the object; what was removed is missing; what was added shows in lists and objects that have one owner as a whole.
 * @param before the object as the last operation left it
 * @param fields every field that anybody owns, which tells how lists and objects are merged
 */
export function driftedInputs(
  inputs: PropertyMap,
  before: PropertyMap,
  live: PropertyMap,
  fields: FieldSet,
): PropertyMap {
  // The whole object is never of one owner. Its type is no field that somebody could change.
  return {
    ...driftedFields(inputs, before, live, fields),
    apiVersion: inputs.apiVersion ?? null,
    kind: inputs.kind ?? null,
  };
}

function driftedFields(
  input: PropertyMap,
  before: PropertyMap,
  live: PropertyMap,
  fields: FieldSet | undefined,
): PropertyMap {
  const found = Object.entries(input).flatMap(([key, value]) => {
    const now = drifted(value, propertyOf(before, key), propertyOf(live, key), fields?.[`f:${key}`]);
    return now === undefined ? [] : [[key, now]];
  });
  // No assignment: a key may be `__proto__`, which an assignment takes for the prototype.
  return Object.fromEntries(found) as PropertyMap;
}

function drifted(
  input: PropertyValue,
  before: PropertyValue | undefined,
  live: PropertyValue | undefined,
  fields: FieldSet | undefined,
): PropertyValue | undefined {
  if (sameValue(before, live)) {
    return input;
  }
  if (isMap(input) && isMap(live)) {
    return driftedMap(input, isMap(before) ? before : {}, live, fields);
  }
  if (isList(input) && isList(live)) {
    return driftedList(input, isList(before) ? before : [], live, fields);
  }
  return live;
}

function driftedMap(
  input: PropertyMap,
  before: PropertyMap,
  live: PropertyMap,
  fields: FieldSet | undefined,
): PropertyMap {
  const hasOneOwner = !hasSteps(fields, 'f:');
  const added = Object.entries(live).filter(
    ([key]) => hasOneOwner && !Object.hasOwn(input, key) && !Object.hasOwn(before, key),
  );
  return { ...driftedFields(input, before, live, fields), ...Object.fromEntries(added) };
}

function driftedList(
  input: readonly PropertyValue[],
  before: readonly PropertyValue[],
  live: readonly PropertyValue[],
  fields: FieldSet | undefined,
): readonly PropertyValue[] {
  if (hasSteps(fields, 'v:')) {
    return input.filter((value) => live.some((other) => sameValue(value, other)));
  }
  const keys = keysOf(fields);
  if (!keys) {
    return live.map((entry, index) => {
      const declared = input[index];
      return declared === undefined ? entry : (drifted(declared, before[index], entry, undefined) ?? entry);
    });
  }
  return input.flatMap((entry) => {
    const same = (other: PropertyValue): boolean => isSameEntry(entry, other, keys);
    const found = live.find(same);
    const step = `k:${JSON.stringify(keyOf(found, keys))}`;
    const value = drifted(entry, before.find(same), found, fields?.[step]);
    return value === undefined ? [] : [value];
  });
}

function hasSteps(fields: FieldSet | undefined, prefix: string): boolean {
  return Object.keys(fields ?? {}).some((step) => step.startsWith(prefix));
}

/** The fields that tell the entries of a list apart; nothing where the list has one owner as a whole. */
function keysOf(fields: FieldSet | undefined): readonly string[] | undefined {
  const step = Object.keys(fields ?? {}).find((name) => name.startsWith('k:'));
  return step === undefined ? undefined : Object.keys(JSON.parse(step.slice(2)) as object);
}

function keyOf(entry: PropertyValue | undefined, keys: readonly string[]): PropertyMap {
  const values = isMap(entry) ? entry : {};
  return Object.fromEntries(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}

/** A key that was not declared has the API server's default, such as the protocol of a port. */
function isSameEntry(declared: PropertyValue, other: PropertyValue, keys: readonly string[]): boolean {
  const [one, two] = [keyOf(declared, keys), keyOf(other, keys)];
  return Object.entries(one).every(([key, value]) => sameValue(value, two[key]));
}
