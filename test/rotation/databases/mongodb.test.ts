import { randomBytes } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { MongoClient } from 'mongodb';
import { type MakeMongodbClient, MongodbDatabase } from '../../../lib/rotation/databases/mongodb';
import {
  lackingPrivileges,
  lockCommand,
  missingActions,
  type MongodbPrivilege,
  provisionCommand,
  superuserRole,
  usersInfoCommand,
} from '../../../lib/rotation/databases/mongodb-commands';
import { codeBlocks } from '../../support/documentation';
import { behavesAsAlternatingUsers, type ServerUnderTest, ShopUnderTest } from '../support/alternating-behaviour';
import { FakeMongodbServer } from '../support/fake-mongodb-server';
import type { KillPoint } from '../support/rotation-run';

const { NIVESH_TEST_MONGODB_URL: realUrl } = process.env;
const admin = { user: 'root', password: randomBytes(8).toString('hex') };
const fake = new FakeMongodbServer(admin);
const url = realUrl ?? `mongodb://${admin.user}:${admin.password}@mongodb.invalid:27017/?authSource=admin`;
const makeClient: MakeMongodbClient =
  realUrl === undefined ? fake.makeClient : (...parameters) => new MongoClient(...parameters);

/** Each command is a step. */
function counting(kill: KillPoint): MakeMongodbClient {
  return (...parameters) => {
    const client = makeClient(...parameters);
    const db: typeof client.db = (name) => {
      const database = client.db(name);
      const command = database.command.bind(database);
      return Object.assign(database, {
        command: async (document: object) => {
          kill.before();
          const result = await command(document);
          kill.after();
          return result;
        },
      });
    };
    return new Proxy(client, {
      get: (target, key: keyof typeof client) => {
        const value: unknown = key === 'db' ? db : target[key];
        return typeof value === 'function' && key !== 'db' ? (value.bind(target) as unknown) : value;
      },
    });
  };
}

const roles = [{ role: 'readWrite', db: 'shop' }];

const server: ServerUnderTest = {
  database: 'mongodb',
  open: async (kill) => await MongodbDatabase.connect(url, counting(kill)),
  makeUser: async ({ user, password }) => {
    const client = makeClient(url, {});
    await client.connect();
    await client.db('admin').command({ createUser: user, pwd: password, roles });
    await client.close();
  },
  logIn: async ({ user, password }) => {
    const client = makeClient(url, { auth: { username: user, password }, authSource: 'admin', appName: 'shop' });
    await client.connect();
    return {
      work: async () => {
        await client.db('shop').command({ count: 'orders' });
      },
      close: async () => {
        await client.close();
      },
    };
  },
};

describe(`alternatingUsers on ${realUrl === undefined ? 'no server of MongoDB, but a stand-in that knows these commands only' : 'MongoDB'}`, () => {
  behavesAsAlternatingUsers(server);

  it('waits for a connection of the old user', async () => {
    const shop = await ShopUnderTest.open(server);
    const forgotten = await server.logIn(shop.first);
    const run = shop.rotation();
    expect(await run.run()).toMatchObject({
      done: false,
      reason: expect.stringMatching(/^1 session is open as shop\w+_a: shop from /) as string,
    });
    await forgotten.close();
    expect(await run.run()).toBeUndefined();
    await shop.program?.close();
  });
});

describe('commands for MongoDB', () => {
  const from = { user: 'shop_a', roles, authenticationRestrictions: [{ clientSource: ['10.0.0.0/8'] }] };

  it('give the next user the rights of the other one, and take them from the old one', () => {
    expect([
      usersInfoCommand(['shop_a', 'shop_b']),
      provisionCommand('shop_b', from, 'secret', true),
      provisionCommand('shop_b', from, 'secret', false),
      lockCommand('shop_a', 'random'),
    ]).toMatchInlineSnapshot(`
     [
       {
         "showAuthenticationRestrictions": true,
         "showPrivileges": true,
         "usersInfo": [
           {
             "db": "admin",
             "user": "shop_a",
           },
           {
             "db": "admin",
             "user": "shop_b",
           },
         ],
       },
       {
         "authenticationRestrictions": [
           {
             "clientSource": [
               "10.0.0.0/8",
             ],
           },
         ],
         "createUser": "shop_b",
         "pwd": "secret",
         "roles": [
           {
             "db": "shop",
             "role": "readWrite",
           },
         ],
       },
       {
         "authenticationRestrictions": [
           {
             "clientSource": [
               "10.0.0.0/8",
             ],
           },
         ],
         "pwd": "secret",
         "roles": [
           {
             "db": "shop",
             "role": "readWrite",
           },
         ],
         "updateUser": "shop_b",
       },
       {
         "pwd": "random",
         "roles": [],
         "updateUser": "shop_a",
       },
     ]
    `);
  });

  it.each([
    [[{ role: 'readWrite', db: 'shop' }], undefined],
    [[{ role: 'dbOwner', db: 'shop' }], undefined],
    [[{ role: 'dbOwner', db: 'admin' }], 'dbOwner'],
    [[...roles, { role: 'root', db: 'admin' }], 'root'],
    [[{ role: 'userAdminAnyDatabase', db: 'admin' }], 'userAdminAnyDatabase'],
  ])('find the role of a superuser in %j', (given, expected) => {
    expect(superuserRole({ user: 'a', roles: given })).toBe(expected);
  });

  it('find the rights that an administrator lacks', () => {
    // The role of docs/databases.md.
    const [role = ''] = codeBlocks('databases.md', 'js');
    const privileges: MongodbPrivilege[] = [];
    runInNewContext(role, {
      db: { createRole: (created: { privileges: MongodbPrivilege[] }) => privileges.push(...created.privileges) },
    });
    expect([privileges.length, missingActions(privileges)]).toEqual([3, []]);
    const users = [
      'createUser',
      'changePassword',
      'grantRole',
      'revokeRole',
      'viewUser',
      'setAuthenticationRestriction',
    ];
    const onUsers = { resource: { db: 'admin', collection: '' }, actions: users };
    expect(missingActions([{ resource: { anyResource: true }, actions: ['anyAction'] }])).toEqual([]);
    expect(
      missingActions([onUsers, { resource: { cluster: true }, actions: ['inprog', 'killop', 'killAnySession'] }]),
    ).toEqual([]);
    expect(missingActions([onUsers, { resource: { db: 'shop', collection: '' }, actions: ['inprog'] }])).toEqual([
      'inprog',
      'killop',
      'killAnySession',
    ]);
    expect(missingActions([])).toHaveLength(9);
  });

  it('compare privileges whatever their grouping', () => {
    const on = (collection: string, ...actions: string[]) => ({ resource: { db: 'shop', collection }, actions });
    const privileges = (...inheritedPrivileges: ReturnType<typeof on>[]) => ({ user: 'a', roles, inheritedPrivileges });
    expect(
      lackingPrivileges(privileges(on('', 'find', 'insert')), privileges(on('', 'insert'), on('', 'find'))),
    ).toEqual([]);
    expect(lackingPrivileges(privileges(on('', 'find'), on('x', 'find')), privileges(on('', 'find')))).toEqual([
      'find on [["collection","x"],["db","shop"]]',
    ]);
    expect(lackingPrivileges(privileges(on('', 'find')), undefined)).toHaveLength(1);
  });
});
