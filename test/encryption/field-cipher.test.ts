import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { DecryptionError, FieldCipher, type FieldContext, Keyring } from '../../lib/encryption';

const place: FieldContext = { table: 'users', column: 'phone', primaryKey: 42 };

function failureOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof DecryptionError ? `${error.reason} ${error.keyId ?? '-'}` : String(error);
  }
  return 'decrypted';
}

/** The application's own code for the format that has no key id, written again from its description. */
const application = {
  encrypt(text: string, encryptionKey: string): string {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(encryptionKey.slice(0, 32)), iv);
    const data = cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
    return `${iv.toString('hex')}:${cipher.getAuthTag().toString('hex')}:${data}`;
  },
  decrypt(stored: string, encryptionKey: string): string {
    const [iv = '', tag = '', data = ''] = stored.split(':');
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(encryptionKey.slice(0, 32)), Buffer.from(iv, 'hex'));
    decipher.setAuthTag(Buffer.from(tag, 'hex'));
    return decipher.update(data, 'hex', 'utf8') + decipher.final('utf8');
  },
};

const text = fc.string({ unit: 'binary' });
const name = fc.string({ minLength: 1, unit: 'binary' });
const keyPart = fc.oneof(name, fc.bigInt(), fc.maxSafeInteger());
const context = fc.record({
  table: name,
  column: name,
  primaryKey: fc.oneof(keyPart, fc.array(keyPart, { minLength: 1, maxLength: 3 })),
});

/** Two places are the same when their parts, written as text, are. */
const partsOf = ({ table, column, primaryKey }: FieldContext) =>
  JSON.stringify([table, column, ...[primaryKey].flat().map(String)]);

describe('FieldCipher', () => {
  const keyring = Keyring.create();
  const cipher = new FieldCipher(keyring);

  it('writes version, key id, IV and data, and decrypts them', () => {
    const stored = cipher.encrypt('+91 98765 43210', place);
    const [format, keyId, iv = '', data = ''] = stored.split(':');
    expect([format, keyId]).toEqual(['nv1', keyring.active]);
    expect(Buffer.from(iv, 'base64url')).toHaveLength(12);
    expect(Buffer.from(data, 'base64url')).toHaveLength(15 + 16);
    expect(cipher.decrypt(stored, place)).toBe('+91 98765 43210');
  });

  it('gives back every text at every place, never twice the same ciphertext', () => {
    fc.assert(
      fc.property(text, context, (plaintext, where) => {
        const stored = cipher.encrypt(plaintext, where);
        return cipher.decrypt(stored, where) === plaintext && cipher.encrypt(plaintext, where) !== stored;
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), context, (bytes, where) =>
        cipher.decryptBytes(cipher.encrypt(bytes, where), where).equals(bytes),
      ),
    );
  });

  it('takes a key as number, as bigint and as text for the same key', () => {
    const stored = cipher.encrypt('x', { ...place, primaryKey: 42n });
    expect(cipher.decrypt(stored, { ...place, primaryKey: '42' })).toBe('x');
    expect(cipher.decrypt(stored, { ...place, primaryKey: [42] })).toBe('x');
  });

  it('fails at every other place', () => {
    fc.assert(
      fc.property(context, context, (here, there) => {
        fc.pre(partsOf(here) !== partsOf(there));
        return failureOf(() => cipher.decrypt(cipher.encrypt('x', here), there)) === `not authentic ${keyring.active}`;
      }),
    );
  });

  it.each<[string, FieldContext]>([
    ['another row', { ...place, primaryKey: 43 }],
    ['another column', { ...place, column: 'email' }],
    ['another table', { ...place, table: 'admins' }],
    ['a letter moved from column to table', { ...place, table: 'usersp', column: 'hone' }],
    ['a longer key', { ...place, primaryKey: [42, 1] }],
  ])('fails after a row swap: %s', (_, there) => {
    expect(failureOf(() => cipher.decrypt(cipher.encrypt('x', place), there))).toBe(`not authentic ${keyring.active}`);
  });

  it('fails when any character of the stored text is changed, left out or added', () => {
    const stored = cipher.encrypt('secret plaintext', place);
    const accepted: string[] = [];
    const attempt = (changed: string) => {
      if (changed !== stored && failureOf(() => cipher.decrypt(changed, place)) === 'decrypted') {
        accepted.push(changed);
      }
    };
    for (let index = 0; index <= stored.length; index++) {
      for (const character of 'Aa0_-:=\n') {
        attempt(stored.slice(0, index) + character + stored.slice(index + 1));
        attempt(stored.slice(0, index) + character + stored.slice(index));
      }
      attempt(stored.slice(0, index) + stored.slice(index + 1));
      attempt(stored.slice(0, index));
    }
    expect(accepted).toEqual([]);
  });

  it('fails when any bit of the data is changed', () => {
    const stored = cipher.encrypt('secret plaintext', place);
    const [format, keyId, iv = '', data = ''] = stored.split(':');
    const flipped = (part: string, bit: number) => {
      const bytes = Buffer.from(part, 'base64url');
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes.toString('base64url');
    };
    const variants = [
      ...Array.from({ length: 12 * 8 }, (_, bit) => [format, keyId, flipped(iv, bit), data].join(':')),
      ...Array.from({ length: 32 * 8 }, (_, bit) => [format, keyId, iv, flipped(data, bit)].join(':')),
    ];
    expect(new Set(variants.map((changed) => failureOf(() => cipher.decrypt(changed, place))))).toEqual(
      new Set([`not authentic ${keyring.active}`]),
    );
  });

  it('fails for every text that is not a ciphertext', () => {
    fc.assert(fc.property(text, (stored) => failureOf(() => cipher.decrypt(stored, place)) === 'malformed -'));
  });

  it('fails with the id of a key that the keyring lacks', () => {
    const other = Keyring.create();
    const stored = new FieldCipher(other).encrypt('x', place);
    expect(() => cipher.decrypt(stored, place)).toThrow(
      `users.phone (key ${other.active}): the keyring does not have this key, fix: add it to ENCRYPTION_KEYRING`,
    );
  });

  it('fails for bytes that are not text, and keeps a byte order mark', () => {
    const stored = cipher.encrypt(Buffer.from([0xff, 0xfe]), place);
    expect(failureOf(() => cipher.decrypt(stored, place))).toBe(`not text ${keyring.active}`);
    expect(cipher.decryptBytes(stored, place)).toEqual(Buffer.from([0xff, 0xfe]));
    expect(cipher.decrypt(cipher.encrypt('\uFEFFx', place), place)).toBe('\uFEFFx');
  });

  it('fails for a place with mistakes, all at once', () => {
    const wrong = { table: '', column: undefined, primaryKey: [{}, 1.5] } as unknown as FieldContext;
    expect(() => cipher.encrypt('x', wrong)).toThrow(
      /has 3 problems\n {2}table: .*an empty text.*\n {2}column: .*got undefined.*\n {2}primaryKey: .*parts of type object, number/,
    );
  });

  it.each([
    ['nothing', undefined, 'got undefined'],
    ['null', null, 'got object'],
    ['a number', 5, 'got number'],
    ['half of a surrogate pair', 'a\uD800', 'got a text with half of a surrogate pair'],
  ])('fails to encrypt %s', (_, plaintext, got) => {
    expect(() => cipher.encrypt(plaintext as string, place)).toThrow(got);
  });

  it('shows neither plaintext, stored text, primary key nor key in an error', () => {
    const primaryKey = randomBytes(8).toString('hex');
    const plaintext = randomBytes(8).toString('hex');
    const stored = cipher.encrypt(plaintext, { ...place, primaryKey });
    let shown = '';
    for (const attempt of [stored, stored.slice(0, -1), plaintext]) {
      try {
        cipher.decrypt(attempt, { ...place, primaryKey: `${primaryKey}0` });
      } catch (error) {
        shown += `${(error as Error).stack ?? ''}${JSON.stringify(error)}`;
      }
    }
    expect(shown).toContain('users.phone');
    const key = keyring.activeKey.export();
    for (const hidden of [
      primaryKey,
      plaintext,
      stored.slice(13, 30),
      key.toString('base64url'),
      key.toString('hex'),
    ]) {
      expect(shown).not.toContain(hidden);
    }
  });
});

describe('FieldCipher with the format that has no key id', () => {
  const encryptionKey = randomBytes(32).toString('hex');
  const legacy = new FieldCipher(Keyring.fromEnvironment({ ENCRYPTION_KEY: encryptionKey }));

  it('reads what the application wrote, also an empty text', () => {
    fc.assert(
      fc.property(
        text,
        (plaintext) => legacy.decrypt(application.encrypt(plaintext, encryptionKey), place) === plaintext,
      ),
    );
    expect(application.encrypt('', encryptionKey)).toMatch(/^[0-9a-f]{32}:[0-9a-f]{32}:$/);
  });

  it('writes what the application reads while "legacy" is the active key', () => {
    fc.assert(
      fc.property(
        text,
        (plaintext) => application.decrypt(legacy.encrypt(plaintext, place), encryptionKey) === plaintext,
      ),
    );
  });

  it('uses the first 32 characters of the key only', () => {
    const short = new FieldCipher(Keyring.fromEnvironment({ ENCRYPTION_KEY: encryptionKey.slice(0, 32) }));
    expect(short.decrypt(application.encrypt('x', encryptionKey), place)).toBe('x');
  });

  it('fails for a shorter tag, which Node 20 would accept', () => {
    const stored = application.encrypt('x', encryptionKey);
    const [iv = '', tag = '', data = ''] = stored.split(':');
    for (const bytes of [4, 8, 12, 13, 14, 15]) {
      expect(failureOf(() => legacy.decrypt([iv, tag.slice(0, bytes * 2), data].join(':'), place))).toBe('malformed -');
    }
  });

  it('fails for upper case and for anything around it', () => {
    const stored = application.encrypt('some text', encryptionKey);
    for (const changed of [stored.toUpperCase(), ` ${stored}`, `${stored}\n`, `${stored}0`, `${stored}:`]) {
      expect(failureOf(() => legacy.decrypt(changed, place))).toBe('malformed -');
    }
  });

  it('fails when any digit is changed', () => {
    const stored = application.encrypt('some text', encryptionKey);
    const accepted: number[] = [];
    for (let index = 0; index < stored.length; index++) {
      const changed = stored.slice(0, index) + (stored[index] === '0' ? '1' : '0') + stored.slice(index + 1);
      if (failureOf(() => legacy.decrypt(changed, place)) === 'decrypted') {
        accepted.push(index);
      }
    }
    expect(accepted).toEqual([]);
  });
});

describe('FieldCipher through a rotation', () => {
  const before = Keyring.fromEnvironment({ ENCRYPTION_KEY: randomBytes(32).toString('hex') });
  const { keyring: added, keyId } = before.withNewKey();
  const promoted = added.withActive(keyId);
  const phases = [before, added, promoted].map((keyring) => new FieldCipher(keyring));

  it('lets neighbouring phases read each other, since a new key decrypts everywhere before it encrypts anywhere', () => {
    for (const [older, newer] of [phases.slice(0, 2), phases.slice(1)]) {
      expect(newer?.decrypt(older?.encrypt('x', place) ?? '', place)).toBe('x');
      expect(older?.decrypt(newer?.encrypt('x', place) ?? '', place)).toBe('x');
    }
  });

  it('fails in one step: processes that only have the old key cannot read what the new one wrote', () => {
    const [old, , now] = phases;
    expect(failureOf(() => old?.decrypt(now?.encrypt('x', place) ?? '', place))).toBe(`unknown key ${keyId}`);
  });

  it('re-encrypts once, into the place of the row, and reads it after the old key is gone', () => {
    const [old, , now] = phases;
    const fresh = now?.reencrypt(old?.encrypt('x', place) ?? '', place) ?? '';
    expect(fresh).toMatch(new RegExp(`^nv1:${keyId}:`));
    expect(now?.reencrypt(fresh, place)).toBeUndefined();
    const after = new FieldCipher(promoted.without('legacy'));
    expect(after.decrypt(fresh, place)).toBe('x');
    expect(failureOf(() => after.reencrypt(fresh, { ...place, primaryKey: 1 }))).toBe(`not authentic ${keyId}`);
    expect(failureOf(() => after.decrypt(old?.encrypt('x', place) ?? '', place))).toBe('unknown key legacy');
  });
});
