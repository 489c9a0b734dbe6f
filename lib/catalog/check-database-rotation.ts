import { type Problem, quoted } from './problems';
import type { AlternatingUsersRotation, DualPasswordRotation } from './rotation';
import { userName, variableName } from './usable-names';

/** What the types cannot say about a rotation that changes users of a database. */
export function checkDatabaseRotation(
  path: string,
  rotation: AlternatingUsersRotation | DualPasswordRotation,
): Problem[] {
  const names =
    rotation.strategy === 'alternatingUsers'
      ? rotation.users.map((user) => ['users', user] as const)
      : [['user', rotation.user] as const];
  return [
    ...names.filter(([, user]) => !userName.test(user)).map(([option, user]) => badName(path, option, user)),
    ...checkAdminUrl(path, rotation.adminUrlFrom),
    ...(rotation.strategy === 'alternatingUsers' ? checkGroup(path, rotation) : []),
  ];
}

function badName(path: string, option: string, name: string): Problem {
  return {
    path: `${path}.rotation.${option}`,
    what: 'the name is not usable in every database',
    got: quoted(name),
    allowed: 'letters, digits, "_" and "-", beginning with a letter',
    fix: 'rename it',
  };
}

function checkAdminUrl(path: string, variable: string | undefined): Problem[] {
  return variable === undefined || variableName.test(variable)
    ? []
    : [
        {
          path: `${path}.rotation.adminUrlFrom`,
          what: 'not the name of an environment variable',
          got: 'something else, which is not shown because it may be a URL with a password',
          allowed: 'letters, digits and "_", not beginning with a digit',
          fix: 'name the variable that holds the URL, such as AIRFLOW_ADMIN_URL',
        },
      ];
}

function checkGroup(path: string, { database, group, users }: AlternatingUsersRotation): Problem[] {
  if (group === undefined) {
    return [];
  }
  if (database !== 'postgresql') {
    return [
      {
        path: `${path}.rotation.group`,
        what: 'only PostgreSQL has a role that both users act as',
        got: `${quoted(group)} with ${database}`,
        allowed: 'a group with postgresql, none with the others',
        fix: 'remove it: the rights of the active user are copied to the other one',
      },
    ];
  }
  if (!userName.test(group)) {
    return [badName(path, 'group', group)];
  }
  return users.includes(group)
    ? [
        {
          path: `${path}.rotation.group`,
          what: 'the group is one of the two users',
          got: quoted(group),
          allowed: 'a role beside the two users',
          fix: 'remove it: without a group, the second user acts as the first one',
        },
      ]
    : [];
}
