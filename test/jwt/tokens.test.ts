import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import jsonwebtoken from 'jsonwebtoken';
import { JwtKeys, JwtRefusedError, JwtSigner, JwtVerifier } from '../../lib/jwt';

const secret = () => randomBytes(32).toString('hex');
const start = new Date('2026-01-01T00:00:00Z');
const at = (seconds: number) => () => new Date(start.getTime() + seconds * 1000);
const day = 86_400;

/** A token in parts, signed with a key whatever the parts say. */
function forge(header: object, claims: object, key: string): string {
  const body = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

async function refusalOf(verifying: Promise<unknown>): Promise<string> {
  try {
    await verifying;
  } catch (error) {
    if (error instanceof JwtRefusedError) {
      return `${error.reason}: ${error.message}`;
    }
    throw error;
  }
  return 'accepted';
}

describe('JwtSigner and JwtVerifier', () => {
  const [current, previous] = [secret(), secret()];
  const keys = new JwtKeys({ signing: current, accepted: [previous] });
  const settings = { issuer: 'nivesh', audience: 'nivesh-app', now: at(0) };
  const signer = new JwtSigner(keys, { ...settings, longestLife: '30d' });
  const verifier = new JwtVerifier(keys, settings);
  const seconds = start.getTime() / 1000;
  const claims = { sub: 'user-1', iss: 'nivesh', aud: 'nivesh-app', iat: seconds, exp: seconds + 60 };

  it('accepts what it signed, and says with which key', async () => {
    const token = await signer.sign({ sub: 'user-1', roles: ['adviser'] }, { expiresIn: '7d' });
    expect(await verifier.verify(token)).toEqual({
      claims: {
        sub: 'user-1',
        roles: ['adviser'],
        iss: 'nivesh',
        aud: 'nivesh-app',
        iat: seconds,
        exp: seconds + 7 * day,
      },
      kid: keys.signing.kid,
      key: 'signing',
    });
    expect(jsonwebtoken.decode(token, { complete: true })?.header).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      kid: keys.signing.kid,
    });
  });

  it('accepts a token of the previous key, with and without kid', async () => {
    const old = new JwtKeys({ signing: previous });
    const named = await new JwtSigner(old, { ...settings, longestLife: '30d' }).sign({}, { expiresIn: '1h' });
    const unnamed = forge({ alg: 'HS256' }, claims, previous);
    const foreign = forge({ alg: 'HS256', kid: 'other' }, claims, previous);
    for (const token of [named, unnamed, foreign]) {
      expect(await verifier.verify(token)).toMatchObject({ kid: old.signing.kid, key: 'accepted' });
    }
  });

  it("accepts the existing service's tokens, and that service accepts ours", async () => {
    // NestJS's JwtService signs with jsonwebtoken, HS256, the secret as text, no kid, neither issuer nor audience.
    const theirs = jsonwebtoken.sign({ sub: 'user-1' }, current, { expiresIn: '7d' });
    const plain = new JwtVerifier(keys);
    expect((await plain.verify(theirs)).claims).toMatchObject({ sub: 'user-1' });
    const ours = await new JwtSigner(keys, { longestLife: '30d' }).sign({ sub: 'user-2' }, { expiresIn: '7d' });
    expect(jsonwebtoken.verify(ours, current)).toMatchObject({ sub: 'user-2' });
  });

  it('allows the clocks of two machines to differ by the leeway', async () => {
    const token = await signer.sign({}, { expiresIn: '1h' });
    const verify = async (late: number) =>
      await refusalOf(new JwtVerifier(keys, { ...settings, now: at(late), leeway: '1m' }).verify(token));
    expect(await verify(3600 + 59)).toBe('accepted');
    expect(await verify(3600 + 61)).toBe('expired: token refused: it has expired');
  });

  it.each([
    ['a wrong issuer', { ...claims, iss: 'other' }, 'claim: token refused: its claim "iss" is missing or wrong'],
    ['no issuer', { ...claims, iss: undefined }, 'claim: token refused: its claim "iss" is missing or wrong'],
    ['a wrong audience', { ...claims, aud: ['a', 'b'] }, 'claim: token refused: its claim "aud" is missing or wrong'],
    ['no expiry', { ...claims, exp: undefined }, 'claim: token refused: its claim "exp" is missing or wrong'],
    ['a start in the future', { ...claims, nbf: seconds + 60 }, 'not yet valid: token refused: it is not valid yet'],
  ])('fails for %s, also when the previous key signed', async (_, wrong, refusal) => {
    for (const key of [current, previous]) {
      expect(await refusalOf(verifier.verify(forge({ alg: 'HS256' }, wrong, key)))).toBe(refusal);
    }
  });

  it.each([
    ['a foreign key', forge({ alg: 'HS256' }, claims, secret()), 'signature'],
    ['the kid of another key', forge({ alg: 'HS256', kid: keys.signing.kid }, claims, previous), 'signature'],
    ['no signature', forge({ alg: 'none' }, claims, current).replace(/[^.]*$/, ''), 'algorithm'],
    ['another algorithm', jsonwebtoken.sign(claims, current, { algorithm: 'HS512' }), 'algorithm'],
    ['an unknown critical header', forge({ alg: 'HS256', crit: ['x'], x: 1 }, claims, current), 'malformed'],
    ['claims that are no object', forge({ alg: 'HS256' }, [1], current), 'malformed'],
    ['no token', '', 'malformed'],
    ['a text', 'a.b.c', 'malformed'],
  ])('fails for %s', async (_, token, reason) => {
    expect((await refusalOf(verifier.verify(token))).split(':')[0]).toBe(reason);
  });

  it('fails for every text, without any other error and without showing it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `${text}.${text}.${text}`),
        ),
        async (token) => {
          const refusal = await refusalOf(verifier.verify(token));
          return refusal !== 'accepted' && (token.length < 9 || !refusal.includes(token));
        },
      ),
    );
  });

  it('fails for a token in which any character is changed', async () => {
    const token = await signer.sign({ sub: 'user-1' }, { expiresIn: '1h' });
    const accepted = [];
    // The last character of 32 bytes in base64url carries two bits that mean nothing.
    for (let index = 0; index < token.length - 1; index++) {
      const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
      if ((await refusalOf(verifier.verify(changed))) === 'accepted') {
        accepted.push(index);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('fails to sign a token that outlives the overlap', async () => {
    await expect(signer.sign({}, { expiresIn: '31d' })).rejects.toThrow(
      'expiresIn: the token would outlive the overlap of a key rotation, got 31d, allowed: at most 30d',
    );
  });

  it('fails to sign claims that are its own, all at once', async () => {
    await expect(signer.sign({ exp: 1, aud: 'x' }, { expiresIn: '1h' })).rejects.toThrow(
      /has 2 problems\n {2}claims\.exp.*use expiresIn\n {2}claims\.aud/,
    );
  });
});
