import { randomBytes } from 'node:crypto';
import { Keyring } from '../../lib/encryption';
import { generateValue, initialKeyring } from '../../lib/values/generate';
import { SecretValue } from '../../lib/values/secret-value';
import { guardFields, looksRandom } from '../../lib/sealing/randomness';
import { shop } from './support';

const issued = { type: 'issued', by: 'somebody', format: 'text' } as const;

describe('values that nobody can guess', () => {
  it.each([
    { type: 'randomHex', bytes: 16 },
    { type: 'randomBase64', bytes: 32 },
    { type: 'password', length: 20 },
  ] as const)('are those that $type makes', (source) => {
    for (let round = 0; round < 200; round++) {
      expect(looksRandom(source, generateValue(source)?.reveal() ?? '')).toBe(true);
    }
  });

  it('are the Fernet keys of a rotation, each', () => {
    const source = { type: 'randomBase64', bytes: 32 } as const;
    const [one = '', two = ''] = [1, 2].map(() => generateValue(source)?.reveal());
    expect(looksRandom(source, `${one},${two}`)).toBe(true);
    expect(looksRandom(source, `${one},${'a'.repeat(44)}`)).toBe(false);
  });

  it('are keyrings from their first own key on', () => {
    const first = Keyring.parse(initialKeyring, new SecretValue(randomBytes(16).toString('hex')));
    expect(looksRandom({ type: 'keyring' }, first.serialize().reveal())).toBe(false);
    expect(looksRandom({ type: 'keyring' }, first.withNewKey().keyring.serialize().reveal())).toBe(true);
  });

  it('are issued ones with enough different characters', () => {
    expect(looksRandom(issued, randomBytes(32).toString('base64url'))).toBe(true);
    expect(looksRandom(issued, randomBytes(8).toString('hex'))).toBe(false);
    expect(looksRandom(issued, 'ab'.repeat(60))).toBe(false);
  });

  it.each([
    ['another length', { type: 'password', length: 40 } as const, 'correct-horse-battery-staple'],
    ['few different characters', { type: 'randomHex', bytes: 16 } as const, 'abababababababababababababababab'],
    ['another alphabet', { type: 'randomHex', bytes: 16 } as const, 'Zbcdefghijklmnopqrstuvwxyz012345'],
    ['a name', { type: 'username', initial: 'shop' } as const, randomBytes(32).toString('hex')],
  ])('are not those with %s', (_, source, value) => {
    expect(looksRandom(source, value)).toBe(false);
  });
});

describe('guards of guessable values', () => {
  it('are fields that no other workload reads, each in one variable', () => {
    expect(Object.fromEntries(guardFields(shop, 'shop-server'))).toEqual({
      MAIL_KEY: 'shop/server.mail_key',
      JWT_SECRET: 'shop/server.jwt_secret',
      JWT_SECRETS: 'shop/server.jwt_secret_previous',
    });
  });

  it('are shared fields where a workload has no other', () => {
    expect(Object.fromEntries(guardFields(shop, 'shop-backup'))).toEqual({
      POSTGRES_PASSWORD: 'shop/database.password',
    });
  });
});
