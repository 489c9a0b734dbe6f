import { checkRotation } from './check-rotation';
import type { Field } from './field';
import { type Problem, quoted } from './problems';
import { rotationPath } from './rotation';
import { userName } from './usable-names';
import { hasKeyring, keyringSuffix, previousSuffix, type VaultSecretDeclaration } from './vault-secret';

const pathSegment = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const fieldName = /^[A-Za-z][A-Za-z0-9_]*$/;

/** What the types cannot say about one secret: its path, and the names and values of its fields. */
export function checkSecret(secret: VaultSecretDeclaration): Problem[] {
  const path = `secrets.${secret.path}`;
  const problems: Problem[] = [];
  const segments = secret.path.split('/');
  if (!segments.every((segment) => pathSegment.test(segment)) || ['data', 'metadata'].includes(segments[0] ?? '')) {
    problems.push({
      path,
      what: 'the Vault path is not usable',
      got: quoted(secret.path),
      allowed:
        'segments of letters, digits, "-" and "_" joined by "/", without the mount, and without "data/" or "metadata/", which the API adds',
      fix: 'write the path as "vault kv get -mount=<mount> <path>" takes it, such as "nivesh/backend"',
    });
  }
  if (segments[0] === rotationPath) {
    problems.push({
      path,
      what: 'the Vault path belongs to the journals of rotations',
      got: quoted(secret.path),
      allowed: `paths that do not begin with "${rotationPath}/"`,
      fix: 'choose another first segment',
    });
  }
  if (secret.fields.size === 0) {
    problems.push({
      path,
      what: 'the secret has no field',
      got: 'no field',
      allowed: 'one field or more',
      fix: 'declare its fields, or remove it',
    });
  }
  const declarations = new Map<string, Field>();
  for (const [name, field] of secret.fields) {
    problems.push(...checkField(`${path}.${name}`, name, field, secret));
    declarations.set(name, field);
  }
  return problems;
}

function checkField(path: string, name: string, field: Field, secret: VaultSecretDeclaration): Problem[] {
  const problems: Problem[] = [];
  if (!fieldName.test(name)) {
    problems.push({
      path,
      what: 'the field name is not usable (templates and audit queries need an identifier)',
      got: quoted(name),
      allowed: 'letters, digits and "_", beginning with a letter; no "." or "-"',
      fix:
        name === ''
          ? 'give it a name'
          : `rename it to ${name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^([^A-Za-z])/, 'f_$1')}`,
    });
  }
  problems.push(...checkKeptName(path, name, field, secret));
  // What is kept beside a field follows from that field's declaration; one report is enough.
  const kept = field.source.type === 'keyring' || baseOf(name, previousSuffix, secret) === field;
  return kept ? problems : [...problems, ...checkSource(path, field), ...checkRotation(path, field, secret)];
}

function baseOf(name: string, suffix: string, secret: VaultSecretDeclaration): Field | undefined {
  return name.endsWith(suffix) ? secret.fields.get(name.slice(0, -suffix.length)) : undefined;
}

/** The names that rotations keep their second field under are taken. */
function checkKeptName(path: string, name: string, field: Field, secret: VaultSecretDeclaration): Problem[] {
  const overlapping = baseOf(name, previousSuffix, secret);
  if (overlapping && overlapping !== field && overlapping.rotation.strategy === 'overlap') {
    return [
      {
        path,
        what: 'the name belongs to the other value of an overlap',
        got: quoted(name),
        allowed: `names other than <field>${previousSuffix} of a field that rotates by overlap`,
        fix: 'remove the field: the overlap keeps it by itself',
      },
    ];
  }
  const encrypting = baseOf(name, keyringSuffix, secret);
  return encrypting && hasKeyring(encrypting) && field.source.type !== 'keyring'
    ? [
        {
          path,
          what: 'the name belongs to the keyring of an encryption key',
          got: quoted(name),
          allowed: `names other than <field>${keyringSuffix} of a field that rotates by keyring`,
          fix: 'remove the field: the rotation keeps it by itself',
        },
      ]
    : [];
}

function checkSource(path: string, field: Field): Problem[] {
  const { source } = field;
  const tooSmall = (what: string, got: number, allowed: string, fix: string): Problem[] => [
    { path, what, got: String(got), allowed, fix },
  ];
  switch (source.type) {
    case 'randomHex':
    case 'randomBase64':
      return Number.isInteger(source.bytes) && source.bytes >= 16 && source.bytes <= 1024
        ? []
        : tooSmall(
            'the value has too little or too much entropy',
            source.bytes,
            'whole numbers of bytes, 16 to 1024',
            'use 32',
          );
    case 'password':
      return Number.isInteger(source.length) && source.length >= 20 && source.length <= 512
        ? []
        : tooSmall('the password has a bad length', source.length, 'whole numbers of characters, 20 to 512', 'use 40');
    case 'username':
      return userName.test(source.initial)
        ? []
        : [
            {
              path,
              what: 'the user name is not usable in every database',
              got: quoted(source.initial),
              allowed: 'letters, digits, "_" and "-", beginning with a letter',
              fix: 'rename the user',
            },
          ];
    case 'issued':
    case 'keyring':
      return [];
  }
}
