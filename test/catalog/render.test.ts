import fc from 'fast-check';
import {
  type EnvironmentValue,
  FieldReference,
  host,
  type HostMap,
  joined,
  mongodbUrl,
  password,
  percentEncode,
  postgresUrl,
  randomHex,
  renderParts,
  url,
  username,
  vaultSecret,
} from '../../lib/catalog';

const pg = vaultSecret('app/postgres', { username: username('app'), password: password(40) });
const api = vaultSecret('app/api', { key: randomHex(32), other: randomHex(32) });

/** Renders with values by field name, as a delivery would. */
function render(value: EnvironmentValue, values: Readonly<Record<string, string>>, hosts: HostMap = {}): string {
  const stored = (reference: FieldReference): string => values[reference.fieldName] ?? '';
  if (value instanceof FieldReference) {
    return stored(value);
  }
  return renderParts(value.parts, hosts, {
    literal: (text) => text,
    field: ({ reference, encoding }) => (encoding === 'url' ? percentEncode(stored(reference)) : stored(reference)),
  });
}

describe('postgresUrl', () => {
  const value = postgresUrl({ user: pg.username, password: pg.password, host: 'postgres', database: 'app_db' });

  it('is what drivers read', () => {
    expect(render(value, { username: 'app', password: 'p' })).toBe('postgresql://app:p@postgres:5432/app_db');
  });

  it('takes another scheme, port, database and parameters', () => {
    const other = postgresUrl({
      user: pg.username,
      password: pg.password,
      host: 'db',
      port: 6543,
      database: 'a/b c',
      scheme: 'postgresql+psycopg',
      parameters: { sslmode: 'verify-full', application_name: 'a&b' },
    });
    expect(render(other, { username: 'u', password: 'p' })).toBe(
      'postgresql+psycopg://u:p@db:6543/a%2Fb%20c?sslmode=verify-full&application_name=a%26b',
    );
  });

  it('gives back every user, password and database', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(text, text, (name, secret) => {
        const parsed = new URL(render(value, { username: name, password: secret }));
        expect(decodeURIComponent(parsed.username)).toBe(name);
        expect(decodeURIComponent(parsed.password)).toBe(secret);
        expect(parsed.host).toBe('postgres:5432');
        expect(parsed.pathname).toBe('/app_db');
      }),
    );
  });
});

describe('mongodbUrl', () => {
  it('is what drivers read', () => {
    const value = mongodbUrl({
      user: pg.username,
      password: pg.password,
      host: 'mongodb',
      database: 'app',
      parameters: { authSource: 'admin' },
    });
    expect(render(value, { username: 'u', password: 'pass@/:word' })).toBe(
      'mongodb://u:pass%40%2F%3Aword@mongodb:27017/app?authSource=admin',
    );
  });
});

describe('url', () => {
  it('composes fields, hosts and text in order', () => {
    const value = url`amqp://${pg.username}:${pg.password}@${host('mq', 5672)}/vhost`;
    expect(render(value, { username: 'u', password: ' +' })).toBe('amqp://u:%20%2B@mq:5672/vhost');
    expect(value.references.map(({ id }) => id)).toEqual(['app/postgres.username', 'app/postgres.password']);
  });
});

describe('joined', () => {
  it('puts separators between fields, and encodes nothing', () => {
    expect(render(joined([api.key, api.other]), { key: 'a b', other: '%' })).toBe('a b,%');
    expect(render(joined([api.key, api.other], ' '), { key: 'a', other: 'b' })).toBe('a b');
    expect(render(joined([api.key]), { key: 'a' })).toBe('a');
  });
});

describe('hosts of an environment', () => {
  const value = url`http://${host('api', 80)}/?k=${api.key}`;

  it.each([
    [{}, 'http://api:80/?k=v'],
    [{ api: 'localhost' }, 'http://localhost:80/?k=v'],
    [{ api: 'localhost:18080' }, 'http://localhost:18080/?k=v'],
    [{ api: '[::1]' }, 'http://[::1]:80/?k=v'],
    [{ other: 'localhost' }, 'http://api:80/?k=v'],
  ])('%j', (hosts, expected) => {
    expect(render(value, { key: 'v' }, hosts)).toBe(expected);
  });
});

describe('percentEncode', () => {
  it('keeps the unreserved characters of RFC 3986 and nothing else', () => {
    const unreserved = /^[A-Za-z0-9\-._~]$/;
    for (let code = 0; code < 128; code += 1) {
      const character = String.fromCharCode(code);
      expect(percentEncode(character) === character).toBe(unreserved.test(character));
    }
  });

  it('is undone by every decoder of URLs', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(decodeURIComponent(percentEncode(value))).toBe(value);
        expect(new URLSearchParams(`v=${percentEncode(value)}`).get('v')).toBe(value);
      }),
    );
  });
});
