import { errors } from 'jose';

/** Why a token was refused; for logs and counters. Whoever sent the token gets the same 401 for each. */
export type JwtRefusal = 'malformed' | 'algorithm' | 'signature' | 'expired' | 'not yet valid' | 'claim';

/** A token that is not accepted. The message holds neither the token nor a key. */
export class JwtRefusedError extends Error {
  constructor(
    readonly reason: JwtRefusal,
    /** The claim that is missing or wrong. */
    readonly claim?: string,
  ) {
    super(`token refused: ${describe(reason, claim)}`);
    this.name = 'JwtRefusedError';
  }

  /** What an error of the `jose` library means; errors of other kinds are thrown on. */
  static from(error: unknown): JwtRefusedError {
    if (error instanceof errors.JWTExpired) {
      return new JwtRefusedError('expired');
    }
    if (error instanceof errors.JWTClaimValidationFailed) {
      const early = error.claim === 'nbf' && error.reason === 'check_failed';
      return early ? new JwtRefusedError('not yet valid') : new JwtRefusedError('claim', error.claim);
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      return new JwtRefusedError('signature');
    }
    if (error instanceof errors.JOSEAlgNotAllowed) {
      return new JwtRefusedError('algorithm');
    }
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      return new JwtRefusedError('malformed');
    }
    throw error;
  }
}

function describe(reason: JwtRefusal, claim: string | undefined): string {
  switch (reason) {
    case 'malformed':
      return 'it is not a signed JSON Web Token';
    case 'algorithm':
      return 'it is not signed with HS256';
    case 'signature':
      return 'none of the accepted keys signed it';
    case 'expired':
      return 'it has expired';
    case 'not yet valid':
      return 'it is not valid yet';
    case 'claim':
      return `its claim "${claim ?? ''}" is missing or wrong`;
  }
}
