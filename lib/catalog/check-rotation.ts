import { checkDatabaseRotation } from './check-database-rotation';
import { durationSeconds, isDuration } from './duration';
import type { Field } from './field';
import { type Problem, quoted } from './problems';
import type { KeyringRotation } from './rotation';
import type { VaultSecretDeclaration } from './vault-secret';

/** What the types cannot say about the rotation of a field. */
export function checkRotation(path: string, field: Field, secret: VaultSecretDeclaration): Problem[] {
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
