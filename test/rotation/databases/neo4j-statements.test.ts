import { lockCommand, provisionCommands } from '../../../lib/rotation/databases/neo4j-statements';

const plan = { user: 'shop_b', password: 'secret', roles: [], missing: true, enterprise: false };

/** What a real community server does with them is in test/e2e/rotation-neo4j.test.ts; no Enterprise server was at hand. */
describe('commands for Neo4j', () => {
  it('make a user, or give one that exists another password', () => {
    expect([provisionCommands(plan), provisionCommands({ ...plan, missing: false })]).toMatchInlineSnapshot(`
     [
       [
         {
           "parameters": {
             "password": "secret",
             "user": "shop_b",
           },
           "text": "CREATE USER $user SET PASSWORD $password CHANGE NOT REQUIRED",
         },
       ],
       [
         {
           "parameters": {
             "password": "secret",
             "user": "shop_b",
           },
           "text": "ALTER USER $user SET PASSWORD $password CHANGE NOT REQUIRED",
         },
       ],
     ]
    `);
  });

  it('give and take more in Enterprise: roles, and suspension', () => {
    const commands = provisionCommands({ ...plan, enterprise: true, roles: ['PUBLIC', 'reader'] });
    expect([...commands, lockCommand('shop_a', 'random', true)].map(({ text }) => text)).toMatchInlineSnapshot(`
     [
       "CREATE USER $user SET PASSWORD $password CHANGE NOT REQUIRED SET STATUS ACTIVE",
       "GRANT ROLE $role TO $user",
       "ALTER USER $user SET PASSWORD $password CHANGE NOT REQUIRED SET STATUS SUSPENDED",
     ]
    `);
  });

  it('never hold a name or a password in their text', () => {
    const commands = [...provisionCommands({ ...plan, roles: ['reader'] }), lockCommand('shop_a', 'random', false)];
    expect(commands.map(({ text }) => text).join('\n')).not.toMatch(/shop|secret|random|reader/);
  });
});
