import { Struct } from 'google-protobuf/google/protobuf/struct_pb';

/**
 * A property as engine and provider exchange it: JSON, in which an object may mark a secret and a string a value that is
 * not known yet (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go).
 */
export type PropertyValue =
  null | boolean | number | string | readonly PropertyValue[] | { readonly [key: string]: PropertyValue };

/** The properties of one resource, of one provider, or of one object in them. */
export type PropertyMap = Readonly<Record<string, PropertyValue>>;

const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** Stands for a value that only the coming operation will give. */
export const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

// The engine has one mark for each type of value.
const unknownMarks: ReadonlySet<PropertyValue> = new Set([
  unknownValue,
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);

/** Whether a value is an object, and no list. */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. */
export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** A property by its name; nothing where there is none, also for names such as `constructor`, which every object inherits. */
export function propertyOf(map: PropertyMap, name: string): PropertyValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Whether a value, or any value in it, is not known yet. */
export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (isList(value)) {
    return value.some(hasUnknown);
  }
  return isMap(value) ? Object.values(value).some(hasUnknown) : value !== undefined && unknownMarks.has(value);
}

/** Marks a value, so that the engine encrypts it in the state and hides it in its output. */
export function secret(value: PropertyValue): PropertyMap {
  return { [signatureKey]: secretSignature, value };
}

/** A value without the marks of secrets and without the properties that are null. */
export function plain(value: PropertyValue): PropertyValue {
  if (isList(value)) {
    return value.map(plain);
  }
  if (!isMap(value)) {
    return value;
  }
  return value[signatureKey] === secretSignature ? plain(value.value ?? null) : plainMap(value);
}

/** {@link plain} for properties. */
export function plainMap(map: PropertyMap): PropertyMap {
  const entries = Object.entries(map).map(([key, value]) => [key, plain(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

/** The plain properties in a message; none where it has none. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return plainMap(struct?.toJavaScript() ?? {});
}

/** Properties as a part of a message. */
export function toStruct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(map);
}

/** A value that is a string; empty where it is none. */
export function textOf(value: PropertyValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Whether an argument of a provider is set: the SDK writes those that are no strings as JSON. */
export function isTrue(value: PropertyValue | undefined): boolean {
  return value === true || value === 'true';
}

/** Whether two values say the same; the order of properties does not matter, that of lists does. */
export function sameValue(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  if (isMap(left)) {
    const keys = Object.keys(left);
    return (
      isMap(right) &&
      keys.length === Object.keys(right).length &&
      keys.every((key) => sameValue(left[key], propertyOf(right, key)))
    );
  }
  if (isList(left)) {
    const other = isList(right) ? right : [];
    return (
      isList(right) && left.length === other.length && left.every((value, index) => sameValue(value, other[index]))
    );
  }
  return left === right;
}
