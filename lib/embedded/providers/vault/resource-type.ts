import type { VaultClient } from '../../../vault/client';
import type { CheckFailure } from '../resource-provider';
import type { PropertyMap, PropertyValue } from '../values';

/** One argument of a Vault resource, as the published plugin defines it. */
export interface Field {
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'set' | 'map' | 'cidrs';
  /** Name in Vault's interface. @default - the property's name in snake case */
  readonly vault?: string;
  /** @default false */
  readonly required?: boolean;
  /** Whether a change makes the resource anew. @default false */
  readonly replaces?: boolean;
  /** Whether Vault has a value of its own where none is given, so that leaving it out changes nothing. @default false */
  readonly computed?: boolean;
  /** Whether Vault does not tell it, so that the state keeps what was given. @default false */
  readonly kept?: boolean;
  /** Value where none is given. @default - none */
  readonly default?: PropertyValue;
}

/** What an operation of a Vault resource works on. */
export interface VaultContext {
  readonly client: VaultClient;
  /** Arguments with their defaults. */
  readonly inputs: PropertyMap;
}

/** One type of Vault resource: its arguments and the requests behind it. */
export interface VaultResourceType {
  readonly fields: Readonly<Record<string, Field>>;
  /** Arguments of the published plugin that the stand-in refuses. @default - none */
  readonly refused?: readonly string[];
  /** Properties that Vault alone gives. @default - none */
  readonly outputs?: readonly string[];
  /** Version of the state's schema in the published plugin. @default 0 */
  readonly schemaVersion?: number;
  /** Arguments that together are the identity and cannot change without a new resource. @default - none */
  readonly fixed?: readonly string[];
  /** What is wrong beyond the types of the arguments. @default - nothing */
  check?(inputs: PropertyMap): readonly CheckFailure[];
  id(inputs: PropertyMap): string;
  /** The arguments that the id tells. */
  fromId(id: string): PropertyMap;
  create(context: VaultContext): Promise<void>;
  /** Vault's answer by Vault's names; nothing where the resource is gone. */
  read(client: VaultClient, id: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** @default - there is nothing that could change without a new resource */
  update?(context: VaultContext, changed: ReadonlySet<string>): Promise<void>;
  delete(client: VaultClient, id: string): Promise<void>;
}

/** `tokenTtl` is `token_ttl` in Vault's interface, where the field names no other. */
export function vaultName(property: string, field: Field): string {
  return field.vault ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The body of a request: the named arguments that have a value, by Vault's names. */
export function bodyOf(
  type: Pick<VaultResourceType, 'fields'>,
  inputs: PropertyMap,
  properties: Iterable<string> = Object.keys(type.fields),
): Record<string, PropertyValue> {
  const body: Record<string, PropertyValue> = {};
  for (const property of properties) {
    const field = type.fields[property];
    const value = inputs[property];
    if (field && value !== undefined) {
      body[vaultName(property, field)] = value;
    }
  }
  return body;
}

/** What Vault takes for "no value" of a type. */
export function emptyValue(field: Field): PropertyValue {
  const empty = { string: '', number: 0, boolean: false, list: [], set: [], cidrs: [], map: {} } as const;
  return empty[field.type];
}
