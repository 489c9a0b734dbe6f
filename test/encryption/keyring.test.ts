import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Keyring } from '../../lib/encryption';

interface Document {
  active: string;
  keys: Record<string, string>;
}

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

  it('takes ENCRYPTION_KEYRING for the whole truth where it is set', () => {
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
