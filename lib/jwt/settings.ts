import type { Duration } from '../catalog/duration';

/** What signer and verifier agree on. */
export interface JwtSettings {
  /** `iss` of every token. A verifier that has it refuses tokens without. @default - neither set nor checked */
  readonly issuer?: string;
  /** `aud` of every token. A verifier that has it refuses tokens without. @default - neither set nor checked */
  readonly audience?: string;
  /** Clock, for tests. @default - the system's */
  readonly now?: () => Date;
}

export interface JwtVerifierSettings extends JwtSettings {
  /** How far the clocks of two machines may be apart. @default '30s' */
  readonly leeway?: Duration;
}

export interface JwtSignerSettings extends JwtSettings {
  /**
   * Longest life of a token; {@link JwtSigner.sign} refuses a longer one, because a rotation waits this long before it
   * drops the old key. Equals `longestTokenLife` of the catalog's `overlap(...)`.
   */
  readonly longestLife: Duration;
}
