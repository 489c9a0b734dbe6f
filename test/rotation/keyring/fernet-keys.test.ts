import fc from 'fast-check';
import { FernetKeys } from '../../../lib/rotation/keyring/fernet-keys';
import { generateValue } from '../../../lib/values/generate';

const key = () => generateValue({ type: 'randomBase64', bytes: 32 })?.reveal() ?? '';

describe('FernetKeys', () => {
  it('comes back from its text, with the key that encrypts first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 6 }), (choices) => {
        let keys = FernetKeys.parse('f', key());
        for (const choice of choices) {
          const { keyring, keyId } = keys.withNewKey();
          expect(keyring.active).toBe(keys.active);
          expect(keyring.keyIds).toEqual([...keys.keyIds, keyId]);
          const id = keyring.keyIds[choice % keyring.keyIds.length] ?? '';
          keys = keyring.withActive(id);
          expect(keys.active).toBe(id);
          expect(new Set(keys.keyIds)).toEqual(new Set(keyring.keyIds));
          expect(FernetKeys.parse('f', keys.serialize().reveal()).keyIds).toEqual(keys.keyIds);
        }
        const alone = keys.keyIds.slice(1).reduce((left, id) => left.without(id), keys);
        expect(alone.serialize().reveal()).toBe(keys.serialize().reveal().split(',')[0]);
      }),
      { numRuns: 30 },
    );
  });

  it.each(['', 'x', `${key()},`, `${key()}, ${key()}`, key().slice(0, 43), `${key().slice(0, 42)}!=`])(
    'fails for a text that is no list of keys',
    (text) => {
      expect(() => FernetKeys.parse('app/x.fernet', text)).toThrow(/app\/x\.fernet\.\d: not a Fernet key/);
    },
  );
});
