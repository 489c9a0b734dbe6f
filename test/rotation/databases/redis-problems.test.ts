import { formatProblem } from '../../../lib/catalog';
import { parseInfo } from '../../../lib/rotation/databases/redis-commands';
import { type RedisFacts, redisProblems } from '../../../lib/rotation/databases/redis-problems';

const primary: RedisFacts = {
  address: 'one:6379',
  version: '7.0.15',
  admin: 'rotator',
  store: 'aclfile',
  flags: ['on', 'allkeys'],
  role: 'master',
  replicas: 0,
  replicatesAs: undefined,
  nodes: 1,
  forbidden: [],
};

function problemsOf(...servers: readonly Partial<RedisFacts>[]): string[] {
  return redisProblems(
    'shop',
    servers.map((facts) => ({ ...primary, ...facts })),
  ).map(formatProblem);
}

describe('redisProblems', () => {
  it('finds none for a server alone, for a primary with its replicas, and for all nodes of a cluster', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ replicas: 1 }, { role: 'slave', replicatesAs: 'replica' })).toEqual([]);
    expect(problemsOf({ nodes: 2 }, { nodes: 2 })).toEqual([]);
  });

  it('fails for a release without users, a user that is missing or off, and nodes that are left out', () => {
    expect(problemsOf({ version: '5.0.14', flags: undefined }, { flags: ['off'], nodes: 6 })).toMatchInlineSnapshot(`
     [
       "redis one:6379: the release has no users, got 5.0.14, allowed: Redis 6 or newer, fix: upgrade the server",
       "redis one:6379: there is no such user, got "shop", allowed: a user of this server, fix: create it with ACL SETUSER shop",
       "redis one:6379: the user is switched off, got off, allowed: on, fix: ACL SETUSER shop on",
       "redis: the nodes of a cluster do not share their users, got 2 of 6 nodes, allowed: all nodes, fix: list the URLs of all servers in the variable of the administrator, separated by blanks",
     ]
    `);
  });

  it.each([
    ['an administrator that is the user', { admin: 'shop' }, 'would lock itself out'],
    ['a user without passwords', { flags: ['on', 'nopass'] }, 'accepts every password'],
    ['a server that forgets', { store: 'memory' }, 'would be lost when it restarts'],
    ['replication as the user', { replicatesAs: 'shop' }, 'logs in at its primary as the user'],
    ['missing rights', { forbidden: ['acl|save'] }, 'fix: ACL SETUSER rotator +acl|save'],
    ['replicas that are left out', { replicas: 2 }, 'got 0 of 2 replicas'],
    ['replicas alone', { role: 'slave' }, 'only replicas are reached'],
  ] as const)('fails for %s', (_, facts, words) => {
    const [problem = '', ...others] = problemsOf(facts);
    expect(problem).toContain(words);
    expect(others).toEqual([]);
  });
});

describe('parseInfo', () => {
  it('reads lines, values with colons and empty values, and leaves headings out', () => {
    expect([...parseInfo('# Server\r\nredis_version:7.0.15\r\nexecutable:/a:b\r\nconfig_file:\r\n')]).toEqual([
      ['redis_version', '7.0.15'],
      ['executable', '/a:b'],
      ['config_file', ''],
    ]);
  });
});
