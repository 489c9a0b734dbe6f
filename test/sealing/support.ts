import { createPrivateKey, type KeyObject } from 'node:crypto';
import { generate } from 'selfsigned';
import { defineEnvironment, type SealingScope, sealedSecrets } from '../../lib/catalog';
import { openValue } from '../../lib/sealing/format';
import { encryptionLabel, type SealedIdentity } from '../../lib/sealing/scope';
import type { SealedEnvironment } from '../../lib/sealing/seal-environment';
import type { SealedFile } from '../../lib/sealing/sealed-file';
import { shop } from './shop';

export { shop };

export interface KeyPair {
  /** PEM certificate. */
  readonly certificate: string;
  /** PEM private key. */
  readonly pem: string;
  readonly privateKey: KeyObject;
}

/** A key pair as the controller makes it, smaller by default so that tests are quick. */
export async function makeKeyPair(
  options: { readonly from?: Date; readonly until?: Date; readonly bits?: number } = {},
): Promise<KeyPair> {
  const pems = await generate([], {
    keySize: options.bits ?? 2048,
    algorithm: 'sha256',
    notBeforeDate: options.from ?? daysFromNow(-1),
    notAfterDate: options.until ?? daysFromNow(3650),
  });
  return { certificate: pems.cert, pem: pems.private, privateKey: createPrivateKey(pems.private) };
}

export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}

/** An environment of {@link shop}. */
export function edge(certificate: string, scope: SealingScope = 'strict'): SealedEnvironment {
  return defineEnvironment('edge', { catalog: shop, delivery: sealedSecrets({ certificate, scope }) });
}

/** What the controller would make of a file under a scope and a place; `undefined` where it does not open. */
export function openFile(
  file: SealedFile,
  keys: readonly KeyObject[],
  scope: SealingScope = file.scope,
  place: SealedIdentity = file,
): Record<string, string> | undefined {
  try {
    return Object.fromEntries(
      [...file.entries].map(([variable, { sealed }]) => [
        variable,
        openValue(keys, encryptionLabel(scope, place), sealed).toString(),
      ]),
    );
  } catch {
    return undefined;
  }
}
