import type { Catalog } from './catalog';
import { checkCompanions } from './check-companions';
import { checkDatabaseRotation } from './check-database-rotation';
import { DerivedValue } from './derived-value';
import { durationSeconds, isDuration } from './duration';
import type { Field } from './field';
import { workloadNames } from './names';
import { type Problem, quoted, throwProblems } from './problems';
import { catalogReferences, secretsOfCatalog } from './references';
import { type KeyringRotation, rotationPath } from './rotation';
import { fieldId, hasKeyring, keyringSuffix, previousSuffix, type VaultSecretDeclaration } from './vault-secret';
import type { WorkloadDeclaration } from './workload';

/** RFC 1123 label: names of namespaces, and of objects that become part of a host name. */
export const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** What the kubelet takes for a name. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const pathSegment = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const fieldName = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * Names that the loader, the shell or the runtime reads before the program does: a secret under one of them changes
 * how the process starts instead of reaching it.
 */
export const reservedVariables = new Set([
  'PATH',
  'HOME',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'NODE_OPTIONS',
  'PYTHONPATH',
  'IFS',
]);

/**
 * Longest workload name for which every derived name still fits in a label of 63 characters; a CronJob's becomes part of
 * its Jobs' names (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/).
 */
export const longestWorkloadName = { Deployment: 55, StatefulSet: 55, CronJob: 52 } as const;

/** Reports everything that the types cannot say, all at once. */
export function checkCatalog(catalog: Catalog): void {
  throwProblems(`catalog ${quoted(catalog.name)}`, [
    ...checkName('name', catalog.name, 'catalog name', 30),
    ...Object.entries(catalog.workloads).flatMap(([name, workload]) => checkWorkload(name, workload)),
    ...checkDerivedNames(catalog),
    ...checkSecrets(catalog),
    ...checkUse(catalog),
  ]);
}

function checkName(path: string, name: string, what: string, longest: number): Problem[] {
  return label.test(name) && name.length <= longest
    ? []
    : [
        {
          path,
          what: `${what} is not usable`,
          got: quoted(name),
          allowed: `lower-case letters, digits and "-", beginning and ending with a letter or digit, at most ${longest} characters`,
          fix: 'rename it',
        },
      ];
}

function checkWorkload(name: string, workload: WorkloadDeclaration): Problem[] {
  const path = `workloads.${name}`;
  const problems = [
    ...checkName(path, name, 'workload name', longestWorkloadName[workload.kind]),
    ...checkName(`${path}.namespace`, workload.namespace, 'namespace', 63),
  ];
  const variables = Object.entries(workload.env);
  if (variables.length === 0) {
    problems.push({
      path: `${path}.env`,
      what: 'the workload reads no secret',
      got: 'no variable',
      allowed: 'one variable or more',
      fix: 'declare its variables, or take the workload out of the catalog',
    });
  }
  for (const [variable, value] of variables) {
    problems.push(...checkVariable(`${path}.env.${variable}`, variable));
    if (value instanceof DerivedValue && value.references.length === 0) {
      problems.push({
        path: `${path}.env.${variable}`,
        what: 'the value is made of no field',
        got: 'a constant',
        allowed: 'values with at least one field of a secret',
        fix: 'keep plain configuration in the Deployment or a ConfigMap',
      });
    }
  }
  return [...problems, ...checkCompanions(path, workload)];
}

function checkVariable(path: string, variable: string): Problem[] {
  if (!variableName.test(variable)) {
    const fix = variable.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');
    return [
      {
        path,
        what: 'environment variable name is not usable (the kubelet leaves it out without an error)',
        got: quoted(variable),
        allowed: 'letters, digits and "_", not beginning with a digit',
        fix: fix === '' ? 'give it a name' : `rename it to ${fix}`,
      },
    ];
  }
  return reservedVariables.has(variable)
    ? [
        {
          path,
          what: 'environment variable changes how the process starts',
          got: quoted(variable),
          allowed: 'names that only the program itself reads',
          fix: 'choose another name',
        },
      ]
    : [];
}

/** Two workloads must not derive the same name. */
function checkDerivedNames(catalog: Catalog): Problem[] {
  const owners = new Map<string, string>();
  return Object.keys(catalog.workloads).flatMap((name): Problem[] => {
    const { vaultRole } = workloadNames(catalog.name, name);
    const owner = owners.get(vaultRole);
    owners.set(vaultRole, name);
    return owner === undefined
      ? []
      : [
          {
            path: `workloads.${name}`,
            what: 'two workloads derive the same Vault role and store',
            got: `${quoted(owner)} and ${quoted(name)}, both role ${quoted(vaultRole)}`,
            allowed: `names that differ after the prefix "${catalog.name}-" is left out`,
            fix: 'rename one of them',
          },
        ];
  });
}

function checkSecrets(catalog: Catalog): Problem[] {
  const declared = new Map<string, VaultSecretDeclaration>();
  const all = new Set([...catalog.secrets, ...catalogReferences(catalog).map(({ reference }) => reference.secret)]);
  return [...all].flatMap((secret): Problem[] => {
    const problems = checkSecret(secret);
    if (declared.has(secret.path)) {
      problems.push({
        path: `secrets.${secret.path}`,
        what: 'the path is declared twice',
        got: quoted(secret.path),
        allowed: 'one declaration a path',
        fix: 'put all fields in one vaultSecret, or give the other one its own path',
      });
    }
    declared.set(secret.path, secret);
    return problems;
  });
}

function checkSecret(secret: VaultSecretDeclaration): Problem[] {
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
      return /^[A-Za-z][A-Za-z0-9_-]*$/.test(source.initial)
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

function checkRotation(path: string, field: Field, secret: VaultSecretDeclaration): Problem[] {
  const { rotation } = field;
  const problems: Problem[] = [];
  const badDuration = (option: string, value: string | undefined): boolean => {
    if (value === undefined || isDuration(value)) {
      return false;
    }
    problems.push({
      path: `${path}.rotation.${option}`,
      what: 'not a length of time',
      got: quoted(value),
      allowed: 'whole numbers of d, h, m, s in that order, such as "15m", "1h30m", "31d"',
      fix: 'write a number directly before each unit',
    });
    return true;
  };
  badDuration('every', rotation.every);
  if (rotation.strategy === 'overlap') {
    const { window, longestTokenLife } = rotation;
    const bad = [badDuration('window', window), badDuration('longestTokenLife', longestTokenLife)].some(Boolean);
    if (!bad && longestTokenLife && durationSeconds(window) <= durationSeconds(longestTokenLife)) {
      problems.push({
        path: `${path}.rotation.window`,
        what: 'the overlap ends before the last token that the old value signed',
        got: window,
        allowed: `more than longestTokenLife (${longestTokenLife}), with time for the rollout`,
        fix: 'lengthen the window, or shorten the life of the tokens',
      });
    }
  }
  if (rotation.strategy === 'alternatingUsers') {
    problems.push(...checkUsers(path, rotation.users, rotation.usernameField, secret));
  }
  if (rotation.strategy === 'alternatingUsers' || rotation.strategy === 'dualPassword') {
    problems.push(...checkDatabaseRotation(path, rotation));
  }
  return rotation.strategy === 'keyring' ? [...problems, ...checkKeyring(path, field, rotation)] : problems;
}

/** The old format takes the first 32 characters of the key as they are; a Fernet key is 32 bytes in base64. */
function checkKeyring(path: string, { source }: Field, { format, targets, rate }: KeyringRotation): Problem[] {
  const problems: Problem[] = [];
  const bytes = 'bytes' in source ? source.bytes : 0;
  const fits = format === 'fernet' ? bytes === 32 : source.type === 'randomHex' || bytes >= 22;
  if (!fits) {
    problems.push({
      path,
      what:
        format === 'fernet' ? 'the value is not a Fernet key' : 'the value has fewer than the 32 characters of a key',
      got: `${bytes} bytes`,
      allowed: format === 'fernet' ? 'randomBase64(32)' : 'randomHex(16) or more, randomBase64(22) or more',
      fix: 'declare randomBase64(32)',
    });
  }
  if (targets !== undefined && (targets === '' || targets.startsWith('/'))) {
    problems.push({
      path: `${path}.rotation.targets`,
      what: 'not a file of the project',
      got: quoted(targets),
      allowed: 'a path from the folder of package.json, such as "reencryption.yaml"',
      fix: 'write it without a "/" at the beginning',
    });
  }
  if (rate !== undefined && (!Number.isSafeInteger(rate) || rate < 1)) {
    problems.push({
      path: `${path}.rotation.rate`,
      what: 'not a number of rows a second',
      got: String(rate),
      allowed: 'whole numbers from 1',
      fix: 'leave it out, or write how many rows a second the database has to spare',
    });
  }
  return problems;
}

function checkUsers(
  path: string,
  users: readonly [string, string],
  usernameField: string,
  secret: VaultSecretDeclaration,
): Problem[] {
  const problems: Problem[] = [];
  const source = secret.fields.get(usernameField)?.source;
  if (source?.type !== 'username') {
    problems.push({
      path: `${path}.rotation.usernameField`,
      what: 'the field does not hold a user name',
      got: quoted(usernameField),
      allowed: 'a field of the same secret declared with username(...)',
      fix: `add ${usernameField}: username('${users[0]}') to ${quoted(secret.path)}`,
    });
  } else if (!users.includes(source.initial)) {
    problems.push({
      path: `${path}.rotation.users`,
      what: 'the first user is not one of the two that take turns',
      got: quoted(source.initial),
      allowed: users.map(quoted).join(' or '),
      fix: `declare ${usernameField}: username('${users[0]}')`,
    });
  }
  if (users[0] === users[1]) {
    problems.push({
      path: `${path}.rotation.users`,
      what: 'the two users are the same',
      got: quoted(users[0]),
      allowed: 'two different users',
      fix: 'name a second user',
    });
  }
  return problems;
}

/** A declared field that nobody reads is a mistake, or a value that should not exist. */
function checkUse(catalog: Catalog): Problem[] {
  const references = catalogReferences(catalog).map(({ reference }) => reference);
  const readFields = new Set(references.map(({ id }) => id));
  const readPaths = new Set(references.map(({ secret }) => secret.path));
  return secretsOfCatalog(catalog).flatMap((secret): Problem[] => {
    if (!readPaths.has(secret.path)) {
      return [unused(`secrets.${secret.path}`, 'the secret', secret.path)];
    }
    // A keyring that is not read beside its key is reported where the key is read.
    return [...secret.fields]
      .filter(([, { source }]) => source.type !== 'keyring')
      .map(([name]) => fieldId(secret, name))
      .filter((id) => !readFields.has(id))
      .map((id) => unused(`secrets.${id}`, 'the field', id));
  });
}

function unused(path: string, what: string, got: string): Problem {
  return {
    path,
    what: `${what} is read by no workload`,
    got,
    allowed: 'secrets that at least one workload reads',
    fix: got.endsWith(previousSuffix)
      ? 'deliver it with ".previous" where the value is verified'
      : 'wire it into a workload, or remove it',
  };
}
