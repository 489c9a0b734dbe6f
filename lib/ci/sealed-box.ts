import type { SecretValue } from '../values/secret-value';

/**
 * Encrypts a value for the holder of a key: libsodium's sealed box, which GitHub asks for
 * (https://docs.github.com/en/rest/guides/encrypting-secrets-for-the-rest-api).
 * @param publicKey Curve25519 key, base64
 * @returns base64
 * @throws Error when the key is not one
 */
export async function sealForGithub(value: SecretValue, publicKey: string): Promise<string> {
  // Half a megabyte of WebAssembly that no other verb needs.
  const { default: sodium } = await import('libsodium-wrappers');
  await sodium.ready;
  const key = Buffer.from(publicKey, 'base64');
  if (key.length !== sodium.crypto_box_PUBLICKEYBYTES) {
    throw new Error(`the public key has ${key.length} bytes, allowed: ${sodium.crypto_box_PUBLICKEYBYTES}`);
  }
  return Buffer.from(sodium.crypto_box_seal(value.reveal(), key)).toString('base64');
}
