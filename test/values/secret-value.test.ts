import { randomBytes } from 'node:crypto';
import { format, inspect } from 'node:util';
import { SecretValue } from '../../lib/values/secret-value';

describe('SecretValue', () => {
  const value = randomBytes(12).toString('hex');
  const secret = new SecretValue(value);

  it.each([
    ['string conversion', String(secret)],
    ['concatenation', 'secret ' + String(secret)],
    ['JSON', JSON.stringify({ secret })],
    ['console output', inspect({ secret }, { depth: 5, showHidden: true })],
    ['printf formats', format('%s %j %o', secret, secret, secret)],
    ['enumeration', JSON.stringify(Object.entries(secret))],
  ])('does not show itself in %s', (_, text) => {
    expect(text).not.toContain(value);
  });

  it('is given out only on request', () => {
    expect(secret.reveal()).toBe(value);
  });
});
