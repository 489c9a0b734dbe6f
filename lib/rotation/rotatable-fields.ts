import {
  type Catalog,
  FieldReference,
  keyringSuffix,
  previousSuffix,
  secretsOfCatalog,
  type VaultSecretDeclaration,
} from '../catalog';

/** Every field of a catalog that is rotated by itself; user names, previous values and keyrings change with others. */
export function rotatableFields(catalog: Catalog): FieldReference[] {
  return secretsOfCatalog(catalog).flatMap((secret) =>
    [...secret.fields]
      .filter(([name]) => leadingField(secret, name) === undefined)
      .map(([name, field]) => new FieldReference(secret, name, field)),
  );
}

/** A field that changes only when another one is rotated, and that one where there is one. */
export interface FollowingField {
  readonly id: string;
  /** What it is, as in `the user name of`. */
  readonly role: string;
  /** `path.field` to rotate. */
  readonly rotatedWith?: string;
}

/** What a field is that is not rotated by itself; nothing for the others, and for names that nobody declared. */
export function followingField(catalog: Catalog, id: string): FollowingField | undefined {
  for (const secret of secretsOfCatalog(catalog)) {
    for (const name of secret.fields.keys()) {
      const leading = `${secret.path}.${name}` === id ? leadingField(secret, name) : undefined;
      if (leading) {
        const { role, field } = leading;
        return { id, role, ...(field === undefined ? {} : { rotatedWith: `${secret.path}.${field}` }) };
      }
    }
  }
  return undefined;
}

interface Leading {
  readonly role: string;
  readonly field?: string;
}

function leadingField(secret: VaultSecretDeclaration, name: string): Leading | undefined {
  const declaration = secret.fields.get(name);
  if (declaration?.source.type === 'username') {
    const password = [...secret.fields].find(
      ([, { rotation }]) => rotation.strategy === 'alternatingUsers' && rotation.usernameField === name,
    );
    return { role: 'the name of an account', ...(password ? { field: password[0] } : {}) };
  }
  if (declaration?.source.type === 'keyring') {
    return { role: 'a keyring', field: name.slice(0, -keyringSuffix.length) };
  }
  const base = name.endsWith(previousSuffix) ? name.slice(0, -previousSuffix.length) : undefined;
  return declaration?.rotation.strategy === 'overlap' && base !== undefined && secret.fields.get(base) === declaration
    ? { role: 'the other value of an overlap', field: base }
    : undefined;
}
