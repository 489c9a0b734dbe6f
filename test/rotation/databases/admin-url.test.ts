import { alternatingUsers, clickhouseIdentities, redisAcl } from '../../../lib/catalog';
import { adminUrl, adminUrlVariable } from '../../../lib/rotation/databases/admin-url';

const users = { users: ['a', 'b'], usernameField: 'username' } as const;

describe('adminUrl', () => {
  it('is in the variable of the database, or in the one that the rotation names', () => {
    expect([
      ...(['postgresql', 'mongodb', 'neo4j', 'clickhouse'] as const).map((database) =>
        adminUrlVariable(alternatingUsers({ database, ...users })),
      ),
      adminUrlVariable(redisAcl({ user: 'a' })),
      adminUrlVariable(clickhouseIdentities({ user: 'a' })),
      adminUrlVariable(redisAcl({ user: 'a', adminUrlFrom: 'CACHE_ADMIN_URL' })),
    ]).toMatchInlineSnapshot(`
     [
       "POSTGRESQL_ADMIN_URL",
       "MONGODB_ADMIN_URL",
       "NEO4J_ADMIN_URL",
       "CLICKHOUSE_ADMIN_URL",
       "REDIS_ADMIN_URL",
       "CLICKHOUSE_ADMIN_URL",
       "CACHE_ADMIN_URL",
     ]
    `);
  });

  it.each([
    [alternatingUsers({ database: 'postgresql', ...users }), 'postgresql://admin:x@db/shop'],
    [alternatingUsers({ database: 'postgresql', ...users }), 'postgres://admin:x@db/shop'],
    [alternatingUsers({ database: 'mongodb', ...users }), 'mongodb://admin:x@one,two/?replicaSet=rs'],
    [alternatingUsers({ database: 'neo4j', ...users }), 'neo4j+s://admin:x@db'],
    [clickhouseIdentities({ user: 'a' }), 'https://admin:x@db:8443'],
    [redisAcl({ user: 'a' }), 'rediss://admin:x@one rediss://admin:x@two'],
  ])('takes what the drivers take: %p', (rotation, url) => {
    expect(adminUrl(rotation, { [adminUrlVariable(rotation)]: ` ${url}\n` })).toBe(url);
  });

  it.each([undefined, '', 'geheim', 'http://admin:geheim@db', 'redis//admin:geheim@db'])(
    'fails for %p without showing it',
    (value) => {
      const failing = () => adminUrl(redisAcl({ user: 'a' }), value === undefined ? {} : { REDIS_ADMIN_URL: value });
      expect(failing).toThrow(/^REDIS_ADMIN_URL, the connection of the administrator, is not (set|a URL of redis)$/);
      expect(failing).not.toThrow('geheim');
    },
  );
});
