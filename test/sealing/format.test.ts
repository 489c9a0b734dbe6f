import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { readCertificates } from '../../lib/sealing/certificate';
import { openValue, SealedValueError, sealedValueSize, sealValue } from '../../lib/sealing/format';
import { type KeyPair, makeKeyPair } from './support';

describe('sealed values', () => {
  let pair: KeyPair;
  let other: KeyPair;
  const publicKey = (of: KeyPair) => readCertificates(of.certificate, 'test')[0]?.publicKey ?? fail();

  beforeAll(async () => {
    [pair, other] = await Promise.all([makeKeyPair(), makeKeyPair()]);
  });

  it('open with the key and the label that they were sealed for, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.string(), (value, label) => {
        const sealed = sealValue(publicKey(pair), label, value);
        expect(sealedValueSize(sealed)).toBe(value.length);
        expect(openValue([other.privateKey, pair.privateKey], label, sealed).equals(value)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('have the layout of the controller: length, encrypted key, ciphertext, tag', () => {
    const bytes = Buffer.from(sealValue(publicKey(pair), 'a/b', Buffer.from('12345')), 'base64');
    expect(bytes.readUInt16BE()).toBe(256);
    expect(bytes).toHaveLength(2 + 256 + 5 + 16);
  });

  it('are other bytes each time', () => {
    const value = randomBytes(8);
    expect(sealValue(publicKey(pair), 'a/b', value)).not.toBe(sealValue(publicKey(pair), 'a/b', value));
  });

  it.each(['a/c', 'b/b', 'a', '', 'a/b/'])('fails to open under label "%s" in place of "a/b"', (label) => {
    const sealed = sealValue(publicKey(pair), 'a/b', randomBytes(8));
    expect(() => openValue([pair.privateKey], label, sealed)).toThrow(SealedValueError);
  });

  it('fails to open with another key, or none', () => {
    const sealed = sealValue(publicKey(pair), 'a/b', randomBytes(8));
    expect(() => openValue([other.privateKey], 'a/b', sealed)).toThrow(/^no key opens the sealed value/);
    expect(() => openValue([], 'a/b', sealed)).toThrow(/^no key opens the sealed value/);
  });

  it('fails to open after any bit was changed', () => {
    const bytes = Buffer.from(sealValue(publicKey(pair), 'a/b', randomBytes(8)), 'base64');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(() => openValue([pair.privateKey], 'a/b', changed.toString('base64'))).toThrow(SealedValueError);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['nothing', ''],
    ['text', 'not base64!'],
    ['a short value', Buffer.alloc(100).toString('base64')],
    ['base64 without padding', 'QQ'],
  ])('fails on %s', (_, text) => {
    expect(() => sealedValueSize(text)).toThrow(/^not a sealed value/);
  });
});

function fail(): never {
  throw new Error('the test has no certificate');
}
