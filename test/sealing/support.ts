import { createPrivateKey, type KeyObject } from 'node:crypto';
import { generate } from 'selfsigned';
import {
  defineCatalog,
  defineEnvironment,
  issued,
  joined,
  overlap,
  password,
  postgresUrl,
  randomHex,
  type SealingScope,
  sealedSecrets,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { openValue } from '../../lib/sealing/format';
import { encryptionLabel, type SealedIdentity } from '../../lib/sealing/scope';
import type { SealedEnvironment } from '../../lib/sealing/seal-environment';
import type { SealedFile } from '../../lib/sealing/sealed-file';

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

const server = vaultSecret('shop/server', {
  jwt_secret: randomHex(32, { rotation: overlap({ window: '2h' }) }),
  mail_key: issued({ by: 'the mail provider' }),
});
const database = vaultSecret('shop/database', { username: username('shop'), password: password(40) });

/** A small catalog with every kind of variable: own, shared, composed, issued, named. */
export const shop = defineCatalog({
  name: 'shop',
  secrets: { server, database },
  workloads: {
    'shop-server': workload({
      namespace: 'shop',
      env: {
        MAIL_KEY: server.mail_key,
        JWT_SECRET: server.jwt_secret,
        JWT_SECRETS: joined([server.jwt_secret, server.jwt_secret.previous]),
        DATABASE_URL: postgresUrl({
          user: database.username,
          password: database.password,
          host: 'postgres',
          database: 'shop',
        }),
      },
    }),
    'shop-backup': workload({
      namespace: 'shop',
      kind: 'CronJob',
      env: { POSTGRES_USER: database.username, POSTGRES_PASSWORD: database.password },
    }),
  },
});

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
