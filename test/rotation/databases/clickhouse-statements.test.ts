import {
  addStatement,
  type ClickhouseUser,
  endSessionsStatement,
  grantFor,
  provisionStatements,
  quoteName,
  quoteText,
  replaceStatement,
} from '../../../lib/rotation/databases/clickhouse-statements';
import { SecretValue } from '../../../lib/values/secret-value';

const password = new SecretValue('secret');

const user: ClickhouseUser = {
  name: 'shop_a',
  storage: 'local_directory',
  auth_type: ['sha256_password'],
  host_ip: ['10.0.0.0/8'],
  host_names: ['localhost'],
  host_names_regexp: ['.*\\.shop'],
  host_names_like: [],
  default_roles_all: 0,
  default_roles_list: ['reader'],
  default_roles_except: [],
  default_database: 'shop',
};

const setting = { setting_name: null, value: null, min: null, max: null, writability: null, inherit_profile: null };

describe('statements for ClickHouse', () => {
  it('give the next user what the other one has, and let it log in last', () => {
    const settings = [
      { ...setting, setting_name: 'max_memory_usage', value: '100', max: '200', writability: 'CONST' },
      { ...setting, inherit_profile: 'web' },
    ];
    expect(provisionStatements('shop_b', user, ['GRANT SELECT ON shop.* TO shop_a'], settings, password))
      .toMatchInlineSnapshot(`
     [
       "CREATE USER IF NOT EXISTS \`shop_b\` IDENTIFIED WITH sha256_hash BY '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b' HOST NONE",
       "GRANT SELECT ON shop.* TO \`shop_b\`",
       "ALTER USER \`shop_b\` SETTINGS \`max_memory_usage\` = '100' MAX '200' CONST, PROFILE 'web'",
       "ALTER USER \`shop_b\` IDENTIFIED WITH sha256_hash BY '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b' HOST IP '10.0.0.0/8', NAME 'localhost', REGEXP '.*\\\\.shop' DEFAULT ROLE \`reader\` DEFAULT DATABASE \`shop\`",
     ]
    `);
  });

  it.each([
    [{ host_ip: [], host_names: [], host_names_regexp: [] }, 'HOST NONE DEFAULT ROLE `reader` DEFAULT DATABASE `shop`'],
    [{ default_roles_all: 1 }, 'DEFAULT ROLE ALL DEFAULT DATABASE `shop`'],
    [{ default_roles_all: 1, default_roles_except: ['x'] }, 'DEFAULT ROLE ALL EXCEPT `x` DEFAULT DATABASE `shop`'],
    [{ default_roles_list: [], default_database: '' }, 'DEFAULT ROLE NONE'],
  ])('write %j as the server reads it', (facts, end) => {
    const last = provisionStatements('shop_b', { ...user, ...facts }, [], [], password).at(-1) ?? '';
    expect(last.endsWith(end)).toBe(true);
  });

  it('never hold the password', () => {
    const all = [replaceStatement('a', password), addStatement('a', password), endSessionsStatement("a'b")];
    expect(all).toMatchInlineSnapshot(`
     [
       "ALTER USER \`a\` IDENTIFIED WITH sha256_hash BY '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'",
       "ALTER USER \`a\` ADD IDENTIFIED WITH sha256_hash BY '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'",
       "KILL QUERY WHERE user = 'a\\'b' ASYNC",
     ]
    `);
    expect(all.join('\n')).not.toContain('secret');
  });

  it.each([
    ['GRANT SELECT ON shop.* TO shop_a', 'GRANT SELECT ON shop.* TO `shop_b`'],
    [
      'GRANT SELECT(id, ` TO shop_a`) ON shop.t TO shop_a WITH GRANT OPTION',
      'GRANT SELECT(id, ` TO shop_a`) ON shop.t TO `shop_b` WITH GRANT OPTION',
    ],
    ['GRANT reader TO `shop_a`', 'GRANT reader TO `shop_b`'],
    ['REVOKE SELECT ON shop.private FROM shop_a', 'REVOKE SELECT ON shop.private FROM `shop_b`'],
  ])('turn %s into the same for the other user', (grant, expected) => {
    expect(grantFor(grant, 'shop_a', 'shop_b')).toBe(expected);
  });

  it.each(['GRANT SELECT ON shop.* TO shop_ab', 'GRANT reader TO shop_a, other', 'SOMETHING NEW'])(
    'fail for %s instead of leaving a right out',
    (grant) => {
      expect(() => grantFor(grant, 'shop_a', 'shop_b')).toThrow('said something that is not understood');
    },
  );

  it('quote names and texts', () => {
    expect([quoteName('a`b\\c'), quoteText("a'b\\c")]).toEqual(['`a\\`b\\\\c`', "'a\\'b\\\\c'"]);
  });
});
