import { local } from '../../environments/local';
import { rotationNotes } from '../../lib/dotenv/rotation-notes';

test('says what a new value does not do, once a field', () => {
  const names = [
    'JWT_SECRET',
    'DATABASE_URL',
    'REDIS_PASSWORD',
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEYRING',
    'GRAFANA_ADMIN_PASSWORD',
  ];
  expect(rotationNotes(local, names).join('\n')).toMatchInlineSnapshot(`
   "nivesh/redis.password: restart redis and what connects to it
   nivesh/grafana.admin_password: run "grafana cli admin reset-admin-password" with the new value, then write it here
   nivesh/backend.jwt_secret: the value before it is kept in jwt_secret_previous; restart what reads them
   nivesh/backend.encryption_key: data that was encrypted with the old key cannot be read with the new one: re-encrypt it, or remove it
   nivesh/backend.encryption_key_keyring: the keys before it are kept, so stored data can be read; restart everything that reads it
   nivesh/postgres.password: a postgresql that has data keeps the old password (its image reads the variable on an empty volume only): change it there, or remove the volume"
  `);
});

test('says nothing about names of accounts', () => {
  expect(rotationNotes(local, ['POSTGRES_USER'])).toEqual([]);
});
