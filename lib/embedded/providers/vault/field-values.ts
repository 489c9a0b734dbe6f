import { hasUnknown, isList, isMap, type PropertyValue, sameValue } from '../values';
import { type Field, emptyValue } from './resource-type';

/** Why a value does not fit a field; nothing where it does. */
export function wrongType(field: Field, value: PropertyValue): string | undefined {
  if (hasUnknown(value) || fits(field, value)) {
    return undefined;
  }
  return `must be ${names[field.type]}, got ${described(value)}`;
}

/** What kind of value it is: the value itself may be a secret. */
function described(value: PropertyValue): string {
  const content = (values: readonly PropertyValue[]): string =>
    values.every((item) => typeof item === 'string') ? 'strings' : 'other values';
  if (isList(value)) {
    return `a list of ${content(value)}`;
  }
  if (isMap(value)) {
    return `an object of ${content(Object.values(value))}`;
  }
  return typeof value === 'number' && !Number.isInteger(value) ? 'a fraction' : `a ${typeof value}`;
}

const names: Readonly<Record<Field['type'], string>> = {
  string: 'a string',
  number: 'a whole number',
  boolean: 'true or false',
  list: 'a list of strings',
  set: 'a list of strings',
  cidrs: 'a list of strings',
  map: 'an object of strings',
};

function fits(field: Field, value: PropertyValue): boolean {
  const isString = (item: PropertyValue): boolean => typeof item === 'string';
  switch (field.type) {
    case 'string':
    case 'boolean':
      return typeof value === field.type;
    case 'number':
      return Number.isInteger(value);
    case 'map':
      return isMap(value) && Object.values(value).every(isString);
    default:
      return isList(value) && value.every(isString);
  }
}

/** Whether two values of a field mean the same to Vault. */
export function sameFieldValue(
  field: Field,
  left: PropertyValue | undefined,
  right: PropertyValue | undefined,
): boolean {
  const [one, other] = [left ?? emptyValue(field), right ?? emptyValue(field)];
  if (isList(one) && isList(other) && field.type !== 'list') {
    return sameValue(sorted(one), sorted(other));
  }
  return sameValue(one, other);
}

function sorted(values: readonly PropertyValue[]): readonly PropertyValue[] {
  return [...new Set(values)].sort();
}

/**
 * A value of Vault's answer as the published plugin has it in its state.
 * @param given what the program gave: where it means the same, its form is kept
 */
export function fromVault(field: Field, value: unknown, given: PropertyValue | undefined): PropertyValue {
  const converted = convert(field, value);
  return given !== undefined && sameFieldValue(field, converted, given) ? given : converted;
}

function convert(field: Field, value: unknown): PropertyValue {
  if (value === undefined || value === null) {
    return emptyValue(field);
  }
  if (field.type === 'cidrs') {
    return (value as string[]).map(withPrefix);
  }
  // Settings of type duration come back as Go writes them: 0s, 768h0m0s.
  if (field.type === 'number' && typeof value === 'string') {
    return secondsOf(value);
  }
  return value as PropertyValue;
}

/** Vault drops the prefix of an address that is one host. */
function withPrefix(address: string): string {
  if (address.includes('/')) {
    return address;
  }
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function secondsOf(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  );
}
