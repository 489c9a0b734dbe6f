import { brandKey, hasBrand } from './brand';
import type { Field } from './field';
import type { KeyringRotation, OverlapRotation, Rotation } from './rotation';

/** Suffix of the field that keeps the other value of an overlap. */
export const previousSuffix = '_previous';

/** Suffix of the field that keeps the keyring of an encryption key. */
export const keyringSuffix = '_keyring';

/** A secret in Vault's KV version 2 engine: one path, several fields. */
export interface VaultSecretDeclaration {
  /** Path below the mount, for example `nivesh/backend`. */
  readonly path: string;
  /** Every field that is stored, in the order of declaration, `_previous` and `_keyring` ones included. */
  readonly fields: ReadonlyMap<string, Field>;
}

/** `path.field`, the name of a field in commands and reports. */
export function fieldId(secret: VaultSecretDeclaration, fieldName: string): string {
  return `${secret.path}.${fieldName}`;
}

/**
 * One field of one Vault secret: the only way to say that a workload reads it.
 * A field that was not declared has no reference, so it cannot be wired.
 */
export class FieldReference<R extends Rotation = Rotation> {
  static {
    Object.defineProperty(this.prototype, brandKey('FieldReference'), { value: true });
  }

  static [Symbol.hasInstance](candidate: unknown): boolean {
    return hasBrand(candidate, 'FieldReference');
  }

  constructor(
    readonly secret: VaultSecretDeclaration,
    readonly fieldName: string,
    readonly declaration: Field<R>,
  ) {}

  /** `path.field`, the name that commands and reports use. */
  get id(): string {
    return fieldId(this.secret, this.fieldName);
  }
}

/** A field that rotates by overlap, with the other of its two values. */
export class OverlappingFieldReference extends FieldReference<OverlapRotation> {
  /** The value that is accepted beside this one. Deliver it wherever this one verifies something. */
  get previous(): FieldReference<OverlapRotation> {
    return new FieldReference(this.secret, `${this.fieldName}${previousSuffix}`, this.declaration);
  }
}

/** A key that encrypts, with the keyring that says which keys there are besides it. */
export class KeyringFieldReference extends FieldReference<KeyringRotation<'json'>> {
  /** What `ENCRYPTION_KEYRING` holds. Deliver it wherever the key is delivered. */
  get keyring(): FieldReference<KeyringRotation<'json'>> {
    return new FieldReference(this.secret, `${this.fieldName}${keyringSuffix}`, keyringFieldOf(this.declaration));
  }
}

function keyringFieldOf<R extends Rotation>({ rotation }: Field<R>): Field<R> {
  return { source: { type: 'keyring' }, rotation };
}

type ReferenceTo<F> =
  F extends Field<infer R>
    ? [R] extends [OverlapRotation]
      ? OverlappingFieldReference
      : [R] extends [KeyringRotation<'json'>]
        ? KeyringFieldReference
        : FieldReference<R>
    : never;

/** A declared secret: one reference a field, under the field's own name. */
export type VaultSecret<F extends Record<string, Field> = Record<string, Field>> = {
  readonly [K in keyof F]: ReferenceTo<F[K]>;
};

/**
 * Declares a secret of Vault's KV version 2 engine.
 * @param path below the mount, without the mount: `nivesh/backend`
 * @param fields what it holds, for example `{ jwt_secret: randomHex(32) }`
 */
export function vaultSecret<const F extends Record<string, Field>>(path: string, fields: F): VaultSecret<F> {
  const stored = new Map<string, Field>();
  const declaration: VaultSecretDeclaration = { path, fields: stored };
  const references: Record<string, FieldReference> = {};
  // A field that was declared under the name of another is a mistake that checkCatalog reports; it must still see it.
  const keep = (name: string, field: Field): void => {
    if (!Object.hasOwn(fields, name)) {
      stored.set(name, field);
    }
  };
  for (const [name, field] of Object.entries(fields)) {
    stored.set(name, field);
    if (isOverlapping(field)) {
      keep(`${name}${previousSuffix}`, field);
      references[name] = new OverlappingFieldReference(declaration, name, field);
    } else if (hasKeyring(field)) {
      keep(`${name}${keyringSuffix}`, keyringFieldOf(field));
      references[name] = new KeyringFieldReference(declaration, name, field);
    } else {
      references[name] = new FieldReference(declaration, name, field);
    }
  }
  return references as VaultSecret<F>;
}

function isOverlapping(field: Field): field is Field<OverlapRotation> {
  return field.rotation.strategy === 'overlap';
}

/** Whether a field has its keyring beside it, and is not such a keyring itself. */
export function hasKeyring(field: Field): field is Field<KeyringRotation<'json'>> {
  const { rotation, source } = field;
  return rotation.strategy === 'keyring' && rotation.format === 'json' && source.type !== 'keyring';
}
