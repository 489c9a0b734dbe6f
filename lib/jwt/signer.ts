import { type JWTPayload, SignJWT } from 'jose';
import { type Duration, durationSeconds } from '../catalog/duration';
import { type Problem, throwProblems } from '../catalog/problems';
import type { JwtKeys } from './keys';
import type { JwtSignerSettings } from './settings';

const ownClaims = ['exp', 'iat', 'iss', 'aud'] as const;

/** Signs tokens with the signing key, HS256, its `kid` in the header. */
export class JwtSigner {
  readonly #keys: JwtKeys;
  readonly #settings: JwtSignerSettings;
  readonly #longestSeconds: number;

  constructor(keys: JwtKeys, settings: JwtSignerSettings) {
    this.#keys = keys;
    this.#settings = settings;
    this.#longestSeconds = durationSeconds(settings.longestLife);
  }

  /**
   * @param claims what the token says, for example `{ sub: user.id }`; times, issuer and audience are set here
   * @throws DeclarationError when the claims hold one of those, or the token would live longer than `longestLife`
   */
  async sign(claims: JWTPayload, { expiresIn }: { readonly expiresIn: Duration }): Promise<string> {
    const life = durationSeconds(expiresIn);
    throwProblems('a token', [...this.#checkLife(expiresIn, life), ...checkClaims(claims)]);
    const { issuer, audience, now } = this.#settings;
    const issuedAt = Math.floor((now?.().getTime() ?? Date.now()) / 1000);
    const token = new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: this.#keys.signing.kid })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + life);
    if (issuer !== undefined) {
      token.setIssuer(issuer);
    }
    if (audience !== undefined) {
      token.setAudience(audience);
    }
    return await token.sign(this.#keys.signing.key);
  }

  #checkLife(expiresIn: Duration, life: number): Problem[] {
    if (life <= this.#longestSeconds) {
      return [];
    }
    return [
      {
        path: 'expiresIn',
        what: 'the token would outlive the overlap of a key rotation',
        got: expiresIn,
        allowed: `at most ${this.#settings.longestLife}`,
        fix: 'shorten it, or raise longestLife here together with longestTokenLife in the catalog',
      },
    ];
  }
}

function checkClaims(claims: JWTPayload): Problem[] {
  return ownClaims
    .filter((name) => claims[name] !== undefined)
    .map((name) => ({
      path: `claims.${name}`,
      what: 'this claim is set by the signer',
      got: 'a value',
      allowed: 'every claim but exp, iat, iss and aud',
      fix: name === 'exp' || name === 'iat' ? 'use expiresIn' : 'set issuer and audience of the signer',
    }));
}
