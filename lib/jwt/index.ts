export { type JwtEnvironment, type JwtKey, JwtKeys, type JwtKeysOptions } from './keys';
export { type PassportKeyProvider, passportKeyProvider } from './passport';
export { type JwtRefusal, JwtRefusedError } from './refused-error';
export type { JwtSettings, JwtSignerSettings, JwtVerifierSettings } from './settings';
export { JwtSigner } from './signer';
export { JwtVerifier, type VerifiedToken } from './verifier';
