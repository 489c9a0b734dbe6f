import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { DeclarationError } from '../../lib/catalog';
import { JwtKeys } from '../../lib/jwt';

const secret = () => randomBytes(32).toString('hex');

/** The message of what a call throws. */
function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof DeclarationError ? error.message : `another error: ${String(error)}`;
  }
  return 'nothing was thrown';
}

describe('JwtKeys', () => {
  it('signs with JWT_SECRET and accepts JWT_SECRET_PREVIOUS too', () => {
    const [current, previous] = [secret(), secret()];
    const keys = JwtKeys.fromEnvironment({ JWT_SECRET: current, JWT_SECRET_PREVIOUS: previous });
    expect(keys.signing.key.export().toString()).toBe(current);
    expect(keys.accepted.map(({ key }) => key.export().toString())).toEqual([current, previous]);
    expect(JwtKeys.fromEnvironment({ JWT_SECRET: current }).describe()).toEqual({
      signing: keys.signing.kid,
      accepted: [keys.signing.kid],
    });
  });

  it('counts a secret once that is in both variables', () => {
    const one = secret();
    expect(JwtKeys.fromEnvironment({ JWT_SECRET: one, JWT_SECRET_PREVIOUS: one }).accepted).toHaveLength(1);
  });

  it('gives a secret the same short id everywhere', () => {
    const text = 'x'.repeat(32);
    expect(new JwtKeys({ signing: text }).signing.kid).toMatchInlineSnapshot(`"3e64820a"`);
    fc.assert(
      fc.property(
        fc.string({ minLength: 32 }).filter((signing) => signing.trim().length >= 32),
        (signing) => {
          const { kid } = new JwtKeys({ signing }).signing;
          return (
            /^[0-9a-f]{8}$/.test(kid) &&
            kid === new JwtKeys({ signing: secret(), accepted: [signing] }).accepted[1]?.kid
          );
        },
      ),
    );
  });

  it('does not show a secret when it is printed', () => {
    const [current, previous] = [secret(), secret()];
    const keys = new JwtKeys({ signing: current, accepted: [previous] });
    const printed =
      inspect(keys, { depth: 9, showHidden: true }) + JSON.stringify(keys) + JSON.stringify(keys.describe());
    expect(printed).not.toContain(current);
    expect(printed).not.toContain(previous);
    expect(printed).toContain(keys.signing.kid);
  });

  it('fails with both variables named when one is missing and the other is empty', () => {
    expect(messageOf(() => JwtKeys.fromEnvironment({ JWT_SECRET_PREVIOUS: '' }))).toMatchInlineSnapshot(`
     "the environment has 2 problems
       JWT_SECRET: there is no secret, got nothing, allowed: at least 32 bytes, fix: generate one with "openssl rand -hex 32", or deliver the catalog's value
       JWT_SECRET_PREVIOUS: there is no secret, got nothing, allowed: at least 32 bytes, or leave the variable unset, fix: generate one with "openssl rand -hex 32", or deliver the catalog's value"
    `);
  });

  it('fails for a short secret without showing it', () => {
    const short = randomBytes(8).toString('hex');
    const message = messageOf(() =>
      JwtKeys.fromEnvironment({ JWT_SECRET: short, JWT_SECRET_PREVIOUS: ' '.repeat(40) }),
    );
    expect(message).toContain('JWT_SECRET: the secret is too short to sign with HS256, got 16 bytes');
    expect(message).toContain('JWT_SECRET_PREVIOUS: there is no secret');
    expect(message).not.toContain(short);
  });

  it('fails for more than three keys', () => {
    const accepted = [secret(), secret(), secret()];
    expect(messageOf(() => new JwtKeys({ signing: secret(), accepted }))).toContain(
      'too many keys, got 4 different keys, allowed: at most 3',
    );
    expect(new JwtKeys({ signing: secret(), accepted: accepted.slice(1) }).accepted).toHaveLength(3);
  });
});
