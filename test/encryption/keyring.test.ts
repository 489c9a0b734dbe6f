import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Keyring } from '../../lib/encryption';
import { SecretValue } from '../../lib/values/secret-value';

interface Document {
  active: string;
  keys: Record<string, string>;
}

/** As the seed writes it. */
const seeded = '{"active":"legacy","keys":{"legacy":{"from":"ENCRYPTION_KEY"}}}';

const documentOf = (keyring: Keyring) => JSON.parse(keyring.serialize().reveal()) as Document;

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('Keyring', () => {
  const encryptionKey = randomBytes(16).toString('hex');

  it('is the old key alone where only ENCRYPTION_KEY is set', () => {
    const keyring = Keyring.fromEnvironment({ ENCRYPTION_KEY: encryptionKey });
    expect([keyring.active, keyring.keyIds]).toEqual(['legacy', ['legacy']]);
  });

  it('has no other key than those that ENCRYPTION_KEYRING names where it is set', () => {
    const ring = Keyring.create();
    const environment = { ENCRYPTION_KEYRING: ring.serialize().reveal(), ENCRYPTION_KEY: encryptionKey };
    expect(Keyring.fromEnvironment(environment).keyIds).toEqual([ring.active]);
  });

  it('comes back from its text in every phase of a rotation', () => {
    const before = Keyring.fromEnvironment({ ENCRYPTION_KEY: encryptionKey });
    const { keyring: added, keyId } = before.withNewKey();
    const promoted = added.withActive(keyId);
    for (const phase of [before, added, promoted, promoted.without('legacy')]) {
      const read = Keyring.parse(phase.serialize().reveal());
      expect(read.toJSON()).toEqual(phase.toJSON());
      expect(read.keyIds.map((id) => read.key(id)?.export())).toEqual(
        phase.keyIds.map((id) => phase.key(id)?.export()),
      );
    }
    expect(documentOf(promoted)).toMatchObject({ active: keyId, keys: { legacy: encryptionKey } });
  });

  it('takes the old key from its own variable where it refers to it', () => {
    const keyring = Keyring.fromEnvironment({
      ENCRYPTION_KEYRING: seeded,
      ENCRYPTION_KEY: `${encryptionKey}-and-more`,
    });
    expect([keyring.active, keyring.keyIds]).toEqual(['legacy', ['legacy']]);
    expect(keyring.activeKey.export().toString()).toBe(encryptionKey);
    expect(Keyring.parse(seeded, new SecretValue(encryptionKey)).activeKey.equals(keyring.activeKey)).toBe(true);
  });

  it('keeps the reference in every phase, and holds the key itself on request', () => {
    const read = (text: string) => Keyring.fromEnvironment({ ENCRYPTION_KEYRING: text, ENCRYPTION_KEY: encryptionKey });
    const before = read(seeded);
    expect(before.serialize().reveal()).toBe(seeded);
    const { keyring: added, keyId } = before.withNewKey();
    const promoted = added.withActive(keyId);
    for (const phase of [added, promoted]) {
      const text = phase.serialize().reveal();
      expect(text).toContain('"legacy":{"from":"ENCRYPTION_KEY"}');
      expect(text).not.toContain(encryptionKey);
      expect(read(text).toJSON()).toEqual(phase.toJSON());
      const inline = Keyring.parse(phase.serialize({ inline: true }).reveal());
      expect(inline.key('legacy')?.export().toString()).toBe(encryptionKey);
    }
    expect(Object.keys(documentOf(promoted.without('legacy')).keys)).toEqual([keyId]);
  });

  it.each([
    [
      'the variable is not set',
      { legacy: { from: 'ENCRYPTION_KEY' } },
      undefined,
      'ENCRYPTION_KEYRING.keys.legacy: the keyring refers to a variable that is not set, got no ENCRYPTION_KEY',
    ],
    [
      'the variable holds no key',
      { legacy: { from: 'ENCRYPTION_KEY' } },
      'short',
      'ENCRYPTION_KEY: the first 32 characters of the key are not 32 bytes, got 5 bytes',
    ],
    ['another variable', { legacy: { from: 'PATH' } }, 'x'.repeat(32), 'got something else at keys.legacy'],
    [
      'more than a reference',
      { legacy: { from: 'ENCRYPTION_KEY', or: 'PATH' } },
      'x'.repeat(32),
      'got something else at keys.legacy',
    ],
    [
      'another key than the old one',
      { '0a0a0a0a': { from: 'ENCRYPTION_KEY' } },
      'x'.repeat(32),
      'ENCRYPTION_KEYRING.keys.0a0a0a0a: only the key of the format without key ids is in a variable of its own',
    ],
  ])('fails for a reference where %s', (_, keys, key, problem) => {
    const text = JSON.stringify({ active: Object.keys(keys)[0], keys });
    const environment = { ENCRYPTION_KEYRING: text, ...(key === undefined ? {} : { ENCRYPTION_KEY: key }) };
    expect(messageOf(() => Keyring.fromEnvironment(environment))).toContain(problem);
  });

  it('does not need ENCRYPTION_KEY, nor read it, once the keyring does not refer to it', () => {
    const text = Keyring.create().serialize().reveal();
    expect(Keyring.fromEnvironment({ ENCRYPTION_KEYRING: text, ENCRYPTION_KEY: 'short' }).keyIds).toHaveLength(1);
  });

  it('does not show a key when it is printed', () => {
    const keyring = Keyring.fromEnvironment({ ENCRYPTION_KEY: encryptionKey }).withNewKey().keyring;
    const printed =
      inspect(keyring, { depth: 9, showHidden: true }) + JSON.stringify(keyring) + String(keyring.serialize());
    for (const text of Object.values(documentOf(keyring).keys)) {
      expect(printed).not.toContain(text);
    }
    expect(JSON.stringify(keyring)).toContain('"active":"legacy"');
  });

  it('fails without any key', () => {
    expect(messageOf(() => Keyring.fromEnvironment({}))).toMatchInlineSnapshot(`
     "the environment has 1 problem
       ENCRYPTION_KEYRING: there is no encryption key, got neither ENCRYPTION_KEYRING nor ENCRYPTION_KEY, allowed: the JSON of a keyring, or an ENCRYPTION_KEY of at least 32 ASCII characters, fix: deliver the catalog's value to this process"
    `);
  });

  it.each([
    ['a short key', 'a'.repeat(31), 'got 31 bytes'],
    ['an empty key', '', 'got nothing'],
    ['a key whose 32 characters are more bytes', 'é'.repeat(32), 'got 64 bytes'],
  ])('fails for %s in ENCRYPTION_KEY', (_, value, got) => {
    expect(messageOf(() => Keyring.fromEnvironment({ ENCRYPTION_KEY: value }))).toContain(got);
  });

  it('fails for every mistake of a keyring at once, without showing a key', () => {
    const [one, two] = [documentOf(Keyring.create()), documentOf(Keyring.create())];
    const wrong = {
      active: 'other',
      keys: {
        [one.active]: two.keys[two.active],
        [two.active]: `${two.keys[two.active] ?? ''}A`,
        legacy: 'short',
      },
    };
    const message = messageOf(() => Keyring.fromEnvironment({ ENCRYPTION_KEYRING: JSON.stringify(wrong) }));
    expect(message).toContain('the keyring has 4 problems');
    expect(message).toContain(
      `ENCRYPTION_KEYRING.keys.${one.active}: the key does not belong to its id, so data of that id could not be decrypted, got the key of id ${two.active}`,
    );
    expect(message).toContain(`ENCRYPTION_KEYRING.keys.${two.active}: the key is not 32 bytes in base64url`);
    expect(message).toContain(
      'ENCRYPTION_KEYRING.keys.legacy: the first 32 characters of the key are not 32 bytes, got 5',
    );
    expect(message).toContain('ENCRYPTION_KEYRING.active: the active key is not in the keyring, got "other"');
    expect(message).not.toContain((two.keys[two.active] ?? '').slice(0, 12));
  });

  it.each([
    '',
    'x',
    '[]',
    '{}',
    '{"active":1,"keys":{}}',
    '{"active":"a","keys":{"a":1}}',
    '{"active":"a","keys":{},"b":1}',
  ])('fails for the text %j, which is no keyring', (text) => {
    expect(messageOf(() => Keyring.parse(text))).toContain('the keyring does not have the form of one');
  });

  it('fails for any text, only ever with a list of problems that does not quote it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 6 }), fc.json()), (text) => {
        const message = messageOf(() => Keyring.parse(text));
        return message.startsWith('the keyring has ') && (text.length < 6 || !message.includes(text));
      }),
    );
  });

  it('fails to remove the active key, and to name one that it lacks', () => {
    const keyring = Keyring.create();
    expect(messageOf(() => keyring.without(keyring.active))).toContain('the active key cannot be removed');
    expect(messageOf(() => keyring.without('legacy'))).toContain('there is no such key, got "legacy"');
    expect(messageOf(() => keyring.withActive('0a0a0a0a'))).toContain(`allowed: ${keyring.active}`);
  });
});
