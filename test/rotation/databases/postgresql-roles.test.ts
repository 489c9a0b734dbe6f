import {
  defaultGroup,
  type RoleFacts,
  roleProblems,
  rolesToJoin,
  roleToActAs,
  type ServerFacts,
  settingProblems,
  settingsToCopy,
} from '../../../lib/rotation/databases/postgresql-roles';

const turn = { from: 'shop_a', to: 'shop_b' };

const server: ServerFacts = {
  admin: 'rotator',
  superuser: false,
  createrole: true,
  standby: false,
  version: 160_004,
  read_only: false,
  may_signal: false,
};

function role(name: string, facts: Partial<RoleFacts> = {}): RoleFacts {
  return {
    name,
    login: true,
    replication: false,
    connection_limit: -1,
    superuser: false,
    own_rights: false,
    member_of: [],
    all_roles: facts.member_of ?? [],
    may_signal: true,
    may_administer: true,
    settings: [],
    ...facts,
  };
}

function rolesOf(...roles: readonly RoleFacts[]): ReadonlyMap<string, RoleFacts> {
  return new Map(roles.map((facts) => [facts.name, facts]));
}

interface Case {
  readonly server?: Partial<ServerFacts>;
  readonly group?: string;
  readonly endsSessions?: boolean;
}

function problemsOf(roles: readonly RoleFacts[], { server: facts, group, endsSessions = false }: Case = {}): string[] {
  const options = { endsSessions, published: false };
  return roleProblems({ ...server, ...facts }, rolesOf(...roles), turn, group, options).map(
    ({ path, what, fix }) => `${path}: ${what}, fix: ${fix}`,
  );
}

describe('defaultGroup', () => {
  it.each([
    ['nivesh_app_a', 'nivesh_app_b', 'nivesh_app'],
    ['app-blue', 'app-green', 'app'],
    ['app1', 'app2', 'app'],
    ['app', 'app_b', 'app'],
    ['one', 'two', ''],
  ])('of %s and %s is %s', (from, to, group) => {
    expect(defaultGroup({ from, to })).toBe(group);
  });
});

describe('roleToActAs', () => {
  const group = role('shop', { login: false });
  const member = { member_of: ['shop'] };

  it.each([
    ['the active user, where there is no group', role('shop_a'), [], undefined, 'shop_a'],
    ['the active user, where it is no member of the group', role('shop_a'), [group], undefined, 'shop_a'],
    ['the group', role('shop_a', member), [group], undefined, 'shop'],
    [
      'the active user, where it has rights of its own',
      role('shop_a', { ...member, own_rights: true }),
      [group],
      undefined,
      'shop_a',
    ],
    ['the named group', role('shop_a'), [], 'owners', 'owners'],
    [
      'what the active user acts as',
      role('shop_a', { settings: [{ name: 'role', value: 'x' }] }),
      [group],
      'owners',
      'x',
    ],
  ] as const)('is %s', (_, from, others, named, expected) => {
    expect(roleToActAs(from, turn, rolesOf(from, ...others), named)).toBe(expected);
  });

  it('goes with the roles that the active user may change to, but the next user itself', () => {
    const from = role('shop_a', { member_of: ['reporting', 'shop_b'] });
    expect(rolesToJoin(from, turn, 'shop_a')).toEqual(['shop_a', 'reporting']);
    expect(rolesToJoin(from, turn, 'shop_b')).toEqual(['reporting']);
  });
});

describe('settingsToCopy', () => {
  it('is what the next user lacks, in each database, without the role', () => {
    const settings = [
      { name: 'role', value: 'x' },
      { name: 'search_path', value: 'app' },
      { name: 'search_path', value: 'app', database: 'shop' },
    ];
    const from = role('shop_a', { settings });
    expect(settingsToCopy(from, undefined)).toEqual(settings.slice(1));
    expect(settingsToCopy(from, role('shop_b', { settings: settings.slice(0, 2) }))).toEqual(settings.slice(2));
    expect(settingsToCopy(from, role('shop_b', { settings: [{ name: 'search_path', value: 'other' }] }))).toEqual(
      settings.slice(1),
    );
  });

  it('fails for settings that only a superuser may give', () => {
    const fixes = [150_000, 140_000].flatMap((version) =>
      settingProblems({ ...server, version }, turn, ['app.tenant']).map(({ fix }) => fix),
    );
    expect(fixes).toMatchInlineSnapshot(`
     [
       "as a superuser: GRANT SET ON PARAMETER app.tenant TO "rotator"",
       "as a superuser: create the user, and set app.tenant as for shop_a with ALTER ROLE "shop_b" SET",
     ]
    `);
  });
});

describe('roleProblems', () => {
  it('finds none for a plain user, with a next user and without one', () => {
    expect(problemsOf([role('shop_a')])).toEqual([]);
    expect(problemsOf([role('shop_a'), role('shop_b')], { endsSessions: true })).toEqual([]);
    expect(problemsOf([role('shop_a', { may_administer: false })], { server: { superuser: true } })).toEqual([]);
  });

  it('fails for a server that takes no changes or is too old, and for the administrator as one of the users', () => {
    expect(problemsOf([])).toMatchInlineSnapshot(`
     [
       "postgresql shop_a: the user in use does not exist on this server, fix: correct the URL of the administrator",
     ]
    `);
    const all = { standby: true, version: 90_600, admin: 'shop_a', createrole: false };
    expect(problemsOf([role('shop_a')], { server: all })).toMatchInlineSnapshot(`
     [
       "postgresql server: the release has no SCRAM passwords, fix: upgrade the server",
       "postgresql server: the server takes no changes, fix: correct the URL of the administrator",
       "postgresql shop_a: the administrator is one of the two users, and would lock itself out, fix: connect as another user with CREATEROLE",
       "postgresql shop_a: the administrator may not change roles, fix: ALTER ROLE "shop_a" CREATEROLE",
     ]
    `);
  });

  it('fails for superusers, whoever of the three is one', () => {
    const settings = [{ name: 'role', value: 'owners' }];
    expect(
      problemsOf([
        role('shop_a', { settings, superuser: true, replication: true }),
        role('shop_b', { superuser: true }),
        role('owners', { superuser: true }),
      ]),
    ).toMatchInlineSnapshot(`
     [
       "postgresql shop_a: the user is a superuser, or a member of one; such a user is never changed here, fix: make a user for the application, and write it to Vault; or ALTER ROLE "shop_a" NOSUPERUSER",
       "postgresql shop_b: the user is a superuser, or a member of one; such a user is never changed here, fix: make a user for the application, and write it to Vault; or ALTER ROLE "shop_b" NOSUPERUSER",
       "postgresql shop_b: the user lacks an attribute that only a superuser gives, fix: ALTER ROLE "shop_b" REPLICATION",
       "postgresql owners: the role that both users act as is a superuser, fix: name another group",
     ]
    `);
  });

  it('fails for a group that is missing, foreign, or less than the active user', () => {
    const group = 'owners';
    expect(problemsOf([role('shop_a')], { group })).toMatchInlineSnapshot(`
     [
       "postgresql owners: the role that both users are to act as does not exist, fix: CREATE ROLE "owners" NOLOGIN, and give it what shop_a has",
     ]
    `);
    expect(problemsOf([role('shop_a'), role(group)], { group })).toMatchInlineSnapshot(`
     [
       "postgresql shop_a: the user in use is no member of the group, so it is not known that the group has the same rights, fix: GRANT "owners" TO "shop_a"",
     ]
    `);
    expect(problemsOf([role('shop_a', { member_of: [group], own_rights: true }), role(group)], { group }))
      .toMatchInlineSnapshot(`
     [
       "postgresql shop_a: the user in use has rights of its own, which the group lacks, fix: in each database: REASSIGN OWNED BY "shop_a" TO "owners", and grant to the group what is left; or leave the group out",
     ]
    `);
    // It acts as the group already, so what it has besides is not in use.
    const acting = { member_of: [group], own_rights: true, settings: [{ name: 'role', value: group }] };
    expect(problemsOf([role('shop_a', acting), role(group)], { group })).toEqual([]);
  });

  it('fails for memberships in a circle, and for another role in each database', () => {
    expect(problemsOf([role('shop_a', { all_roles: ['shop_b'], member_of: ['shop_b'] }), role('shop_b')]))
      .toMatchInlineSnapshot(`
     [
       "postgresql shop_b: the user cannot become a member of a role that is a member of the user, fix: REVOKE "shop_b" FROM "shop_a" CASCADE",
     ]
    `);
    const settings = [{ name: 'role', value: 'x', database: 'shop' }];
    expect(problemsOf([role('shop_a', { settings })])).toMatchInlineSnapshot(`
     [
       "postgresql shop_a: the user acts as different roles in different databases, fix: ALTER ROLE "shop_a" SET role = ... for all databases, and RESET role in each",
     ]
    `);
  });

  it('fails for an administrator without the rights, which are more from PostgreSQL 16 on', () => {
    const beyond = [
      role('shop_a', { may_administer: false, may_signal: false }),
      role('shop_b', { may_signal: false }),
    ];
    expect(problemsOf(beyond, { server: { version: 150_000 } })).toEqual([]);
    expect(problemsOf(beyond, { endsSessions: true })).toMatchInlineSnapshot(`
     [
       "postgresql rotator: the administrator may not change these roles, fix: GRANT "shop_a" TO "rotator" WITH ADMIN OPTION",
       "postgresql rotator: the administrator may not end sessions of these users, fix: GRANT pg_signal_backend TO "rotator"",
     ]
    `);
    expect(problemsOf(beyond, { endsSessions: true, server: { may_signal: true, version: 150_000 } })).toEqual([]);
  });
});
