import fc from 'fast-check';
import {
  issued,
  joined,
  mongodbUrl,
  postgresUrl,
  randomHex,
  overlap,
  url,
  username,
  vaultSecret,
} from '../../lib/catalog';
import { composeValue, describeShape, matchValue } from '../../lib/dotenv/field-values';
import { SecretValue } from '../../lib/values/secret-value';
import { credentials } from '../support/credentials';
import { hardValue } from '../support/secret-values';

const server = vaultSecret('a/server', { username: username('app'), password: issued({ by: 'x' }) });
const api = vaultSecret('a/api', { key: randomHex(32, { rotation: overlap({ window: '1h' }) }) });

const postgres = postgresUrl({ user: server.username, password: server.password, host: 'postgres', database: 'db' });
const mongo = mongodbUrl({
  user: server.username,
  password: server.password,
  host: 'mongodb',
  database: 'conversations',
  parameters: { authSource: 'admin' },
});
const keys = joined([api.key, api.key.previous]);

test.each([
  ['a PostgreSQL URL', postgres],
  ['a MongoDB URL', mongo],
])('any user and password survive in %s', (_, value) => {
  fc.assert(
    fc.property(hardValue, hardValue, (user, password) => {
      const fields = new Map([
        [server.username.id, new SecretValue(user)],
        [server.password.id, new SecretValue(password)],
      ]);
      const text = composeValue(value, { postgres: 'localhost:15432' }, ({ id }) => fields.get(id))?.reveal() ?? '';
      const match = matchValue(value, text);
      return (
        match?.fields.get(server.username.id)?.reveal() === user &&
        match.fields.get(server.password.id)?.reveal() === password
      );
    }),
    { numRuns: 2000 },
  );
});

test('a URL is what its client reads', () => {
  const text =
    composeValue(postgres, {}, ({ fieldName }) => new SecretValue(`${fieldName} @:/?#[]'"$`))?.reveal() ?? '';
  const parsed = new URL(text);
  expect(decodeURIComponent(parsed.password)).toBe(`password @:/?#[]'"$`);
  expect(parsed.host).toBe('postgres:5432');
});

test('keeps an address that somebody changed', () => {
  const match = matchValue(postgres, credentials('u', 'p', 'db.home:6543/db'));
  expect(match?.hosts).toEqual(['db.home:6543']);
  const text = composeValue(postgres, {}, () => new SecretValue('new'), match?.hosts)?.reveal();
  expect(text).toBe(credentials('new', 'new', 'db.home:6543/db'));
});

test('takes a list apart', () => {
  const match = matchValue(keys, 'one,two');
  expect([...(match?.fields ?? [])].map(([id, value]) => [id, value.reveal()])).toEqual([
    ['a/api.key', 'one'],
    ['a/api.key_previous', 'two'],
  ]);
});

test.each([
  ['another scheme', postgres, credentials('u', 'p', 'localhost:5432/db', 'mysql')],
  ['another database', postgres, credentials('u', 'p', 'localhost:5432/other')],
  ['a missing parameter', mongo, credentials('u', 'p', 'localhost:27017/conversations', 'mongodb')],
  ['no password', postgres, 'postgresql://localhost:5432/db'],
  ['too few parts', keys, 'one'],
  ['a broken escape', postgres, credentials('u', '%zz', 'localhost:5432/db')],
  ['two values for one field', url`${api.key}/${api.key}`, 'one/two'],
])('fails to match %s', (_, value, text) => {
  expect(matchValue(value, text)).toBeUndefined();
});

test('there is no value while a field has none', () => {
  expect(composeValue(postgres, {}, () => undefined)).toBeUndefined();
});

test('a shape names fields, never values', () => {
  expect(describeShape(mongo)).toBe(
    'mongodb://<a/server.username>:<a/server.password>@<mongodb>/conversations?authSource=admin',
  );
});
