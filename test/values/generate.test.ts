import { execFileSync } from 'node:child_process';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { generateValue } from '../../lib/values/generate';

function generated(source: Parameters<typeof generateValue>[0]): string {
  const value = generateValue(source);
  if (!value) {
    throw new Error('nothing was generated');
  }
  return value.reveal();
}

describe('generateValue', () => {
  it('makes lower-case hexadecimal of twice as many characters as bytes', () => {
    expect(generated({ type: 'randomHex', bytes: 32 })).toMatch(/^[0-9a-f]{64}$/);
  });

  it('makes a Fernet key: URL-safe base64 of 32 bytes with padding', () => {
    const key = generated({ type: 'randomBase64', bytes: 32 });
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  });

  it('makes passwords that need no encoding in a URL and do not begin like an option', () => {
    for (let round = 0; round < 500; round++) {
      const password = generated({ type: 'password', length: 40 });
      expect(password).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{39}$/);
      expect(new URL(`postgresql://user:${password}@host/db`).password).toBe(password);
    }
  });

  it('uses every character of the alphabet about equally often', () => {
    const counts = new Map<string, number>();
    for (const character of many(200)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = [...counts.values()].reduce((sum, count) => sum + count, 0) / 64;
    expect(counts.size).toBe(64);
    for (const count of counts.values()) {
      expect(Math.abs(count - expected)).toBeLessThan(expected * 0.25);
    }
  });

  // What the guide tells people to run, and what is made instead.
  it.each([
    [['-hex', '32'], { type: 'randomHex', bytes: 32 }, 256],
    [['-hex', '16'], { type: 'randomHex', bytes: 16 }, 128],
    [['-base64', '24'], { type: 'randomBase64', bytes: 24 }, 192],
    [['-base64', '24'], { type: 'password', length: 32 }, 192],
  ] as const)('has the shape of "openssl rand %p" for %p, with %i bits of entropy', (options, source, bits) => {
    const theirs = execFileSync('openssl', ['rand', ...options], { encoding: 'utf8' }).trim();
    const alphabet = source.type === 'randomHex' ? /^[0-9a-f]+$/ : /^[A-Za-z0-9_-]+$/;
    const shapeOf = (value: string): [number, boolean] => [value.length, alphabet.test(value)];
    expect(shapeOf(generated(source))).toEqual(shapeOf(theirs.replaceAll('+', '-').replaceAll('/', '_')));
    const bitsPerCharacter = source.type === 'randomHex' ? 4 : 6;
    expect(theirs.length * bitsPerCharacter).toBe(bits);
  });

  it('never makes the same value twice', () => {
    const values = Array.from({ length: 1000 }, () => generated({ type: 'randomHex', bytes: 16 }));
    expect(new Set(values).size).toBe(1000);
  });

  it('takes a user name as it is declared', () => {
    expect(generated({ type: 'username', initial: 'nivesh_app_a' })).toBe('nivesh_app_a');
  });

  it('makes a keyring without a key of its own, with which data is written and read as without it', () => {
    const ENCRYPTION_KEY = generated({ type: 'randomHex', bytes: 16 });
    const ENCRYPTION_KEYRING = generated({ type: 'keyring' });
    const [before, after] = [{ ENCRYPTION_KEY }, { ENCRYPTION_KEY, ENCRYPTION_KEYRING }].map(
      (environment) => new FieldCipher(Keyring.fromEnvironment(environment)),
    );
    const place = { table: 'users', column: 'phone', primaryKey: 1 };
    expect(after?.decrypt(before?.encrypt('phone', place) ?? '', place)).toBe('phone');
    expect(before?.decrypt(after?.encrypt('phone', place) ?? '', place)).toBe('phone');
    expect(after?.encrypt('', place)).toMatch(/^[0-9a-f]{32}:[0-9a-f]{32}:$/);
    expect(after?.keyring.serialize().reveal()).toBe(ENCRYPTION_KEYRING);
  });

  it('makes nothing that only an issuer can make', () => {
    expect(generateValue({ type: 'issued', by: 'Slack', format: 'url' })).toBeUndefined();
  });
});

function many(rounds: number): string {
  return Array.from({ length: rounds }, () => generated({ type: 'password', length: 512 })).join('');
}
