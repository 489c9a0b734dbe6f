import { compactVerify } from 'jose';
import type { JwtKey, JwtKeys } from './keys';
import { kidOf } from './verifier';

/** `secretOrKeyProvider` of passport-jwt (https://www.passportjs.org/packages/passport-jwt/). */
export type PassportKeyProvider = (
  request: unknown,
  token: string,
  done: (error: Error | null, key?: Buffer) => void,
) => void;

/**
 * Gives passport-jwt, which checks a token with one key, the key that signed this token.
 * Set `algorithms: ['HS256']`, `issuer` and `audience` in the strategy: passport-jwt checks these, not this function.
 */
export function passportKeyProvider(keys: JwtKeys): PassportKeyProvider {
  return (_request, token, done) => {
    void findKey(keys, token).then(({ key }) => {
      done(null, key.export());
    });
  };
}

/** The key that signed a token; the signing key for a token that none signed, so that passport-jwt refuses it itself. */
async function findKey(keys: JwtKeys, token: string): Promise<JwtKey> {
  const candidates = keys.candidates(kidOf(token));
  const fits = await Promise.all(candidates.map(async (key) => await signed(token, key)));
  return candidates[fits.indexOf(true)] ?? keys.signing;
}

async function signed(token: string, { key }: JwtKey): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: ['HS256'] });
    return true;
  } catch {
    return false;
  }
}
