import { decodeProtectedHeader, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { durationSeconds } from '../catalog/duration';
import type { JwtKey, JwtKeys } from './keys';
import { JwtRefusedError } from './refused-error';
import type { JwtVerifierSettings } from './settings';

/** A token that was accepted. */
export interface VerifiedToken {
  readonly claims: JWTPayload;
  /** Key that signed it. */
  readonly kid: string;
  /** Whether that key still signs: a rotation may drop a key when no token has been `accepted` with it for a day. */
  readonly key: 'signing' | 'accepted';
}

/**
 * Checks tokens: HS256 only, an expiry always, issuer and audience where they are set.
 * The same work is done whichever key fits and whether one does, so the time tells nothing about the keys.
 */
export class JwtVerifier {
  readonly #keys: JwtKeys;
  readonly #options: () => JWTVerifyOptions;

  constructor(keys: JwtKeys, { issuer, audience, leeway = '30s', now }: JwtVerifierSettings = {}) {
    this.#keys = keys;
    const clockTolerance = durationSeconds(leeway);
    this.#options = () => ({
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
      clockTolerance,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
      ...(now === undefined ? {} : { currentDate: now() }),
    });
  }

  /** @throws JwtRefusedError that says why, for the log */
  async verify(token: string): Promise<VerifiedToken> {
    const options = this.#options();
    const attempts = await Promise.all(this.#keys.candidates(kidOf(token)).map((key) => attempt(token, key, options)));
    const accepted = attempts.find((result) => 'claims' in result);
    if (accepted !== undefined) {
      const { claims, kid } = accepted;
      return { claims, kid, key: kid === this.#keys.signing.kid ? 'signing' : 'accepted' };
    }
    // A key that fits gives a better reason than the others, for which the signature is wrong.
    const refusals = attempts.flatMap((result) => ('refusal' in result ? [result.refusal] : []));
    throw refusals.find(({ reason }) => reason !== 'signature') ?? refusals[0] ?? new JwtRefusedError('signature');
  }
}

/** The `kid` of a token, before anything about it is believed; nothing when the token is malformed. */
export function kidOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

type Attempt = { readonly claims: JWTPayload; readonly kid: string } | { readonly refusal: JwtRefusedError };

async function attempt(token: string, { kid, key }: JwtKey, options: JWTVerifyOptions): Promise<Attempt> {
  try {
    const { payload } = await jwtVerify(token, key, options);
    return { claims: payload, kid };
  } catch (error) {
    return { refusal: JwtRefusedError.from(error) };
  }
}
