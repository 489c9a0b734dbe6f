import { randomBytes } from 'node:crypto';
import { FingerprintKey } from '../../lib/sealing/fingerprint-key';
import { SecretValue } from '../../lib/values/secret-value';

const value = new SecretValue(randomBytes(32).toString('hex'));
const context = { scope: 'strict', label: 'a/b', variable: 'X', certificate: '0011', sealed: 'AgA=' } as const;

describe('fingerprints', () => {
  const key = FingerprintKey.generate();

  it('recognise a value, and nothing else', () => {
    const fingerprint = key.fingerprint(context, value);
    expect(fingerprint).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(key.matches(fingerprint, context, value)).toBe(true);
    expect(key.matches(fingerprint, context, new SecretValue(`${value.reveal()} `))).toBe(false);
    expect(key.matches('', context, value)).toBe(false);
    expect(FingerprintKey.generate().matches(fingerprint, context, value)).toBe(false);
  });

  it.each(Object.keys(context))('depend on the %s', (name) => {
    const changed = { ...context, [name]: 'cluster-wide' };
    expect(key.matches(key.fingerprint(context, value), changed, value)).toBe(false);
  });

  it('do not confuse where one part ends and the next begins', () => {
    const moved = { ...context, label: 'a/bX', variable: '' };
    expect(key.fingerprint(moved, value)).not.toBe(key.fingerprint(context, value));
  });
});

describe('slots', () => {
  const key = FingerprintKey.generate();

  it('give the key to whoever has the value', () => {
    const opened = FingerprintKey.open(key.slotFor(value), value);
    expect(opened?.matches(key.fingerprint(context, value), context, value)).toBe(true);
  });

  it('are other bytes each time, so they do not show that a value came back', () => {
    expect(key.slotFor(value)).not.toBe(key.slotFor(value));
  });

  it('fails to open with another value, or when damaged', () => {
    const slot = key.slotFor(value);
    const damaged = (slot.startsWith('A') ? 'B' : 'A') + slot.slice(1);
    expect(FingerprintKey.open(slot, new SecretValue('another'))).toBeUndefined();
    expect(FingerprintKey.open(damaged, value)).toBeUndefined();
    expect(FingerprintKey.open('AAAA', value)).toBeUndefined();
  });
});
