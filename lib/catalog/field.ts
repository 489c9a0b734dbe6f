import type {
  AlternatingUsersRotation,
  DualPasswordRotation,
  KeyringRotation,
  ManualRotation,
  OverlapRotation,
  Rotation,
} from './rotation';

/** How the first value of a field comes to be. Values themselves have no place in the catalog. */
export type ValueSource =
  | { readonly type: 'randomHex'; readonly bytes: number }
  | { readonly type: 'randomBase64'; readonly bytes: number }
  | { readonly type: 'password'; readonly length: number }
  | { readonly type: 'username'; readonly initial: string }
  /** The keyring beside a field that rotates by `keyring`: at first it only refers to that field's value. */
  | { readonly type: 'keyring' }
  | { readonly type: 'issued'; readonly by: string; readonly format: IssuedFormat };

/** What an issued value looks like; checked when it is entered. */
export type IssuedFormat = 'text' | 'url' | 'pem' | 'json' | 'yaml';

/** One declared value: where it comes from and how it is replaced. */
export interface Field<R extends Rotation = Rotation> {
  readonly source: ValueSource;
  readonly rotation: R;
}

interface Rotates<R extends Rotation> {
  /** @default manual */
  readonly rotation?: R;
}

/** Instructions of a field that needs no person: its value is replaced, and what reads it is restarted. */
export const replacedByCommand =
  'write a new value with "nivesh-secrets rotate", then restart the workloads that read it';

const replaceByHand: ManualRotation = { strategy: 'manual', instructions: replacedByCommand };

function field<R extends Rotation>(source: ValueSource, rotation: R | undefined): Field<R> {
  return { source, rotation: rotation ?? (replaceByHand as R) };
}

/**
 * Random bytes in lower-case hexadecimal: `2 * bytes` characters, `8 * bytes` bits of entropy.
 * `randomHex(32)` has 256 bits and the shape of `openssl rand -hex 32`. `randomHex(16)` has 128 bits and the shape of
 * `openssl rand -hex 16`, for an application that insists on 32 characters.
 */
export function randomHex<R extends OverlapRotation | KeyringRotation<'json'> | ManualRotation = ManualRotation>(
  bytes: number,
  options: Rotates<R> = {},
): Field<R> {
  return field({ type: 'randomHex', bytes }, options.rotation);
}

/**
 * Random bytes in URL-safe base64 with padding: `8 * bytes` bits of entropy. `randomBase64(24)` has 192 bits and the shape of
 * `openssl rand -base64 24`, with `-` and `_` in place of `+` and `/`. `randomBase64(32)` has 256 bits and is a Fernet key (https://github.com/fernet/spec/blob/master/Spec.md).
 */
export function randomBase64<R extends OverlapRotation | KeyringRotation | ManualRotation = ManualRotation>(
  bytes: number,
  options: Rotates<R> = {},
): Field<R> {
  return field({ type: 'randomBase64', bytes }, options.rotation);
}

/**
 * A password of the 64 characters `A-Z a-z 0-9 - _`: 6 bits of entropy a character (20 characters, the fewest: 120 bits;
 * 32, as many as `openssl rand -base64 24` makes: 192 bits; 40: 240 bits). It never begins with `-`, which takes less than
 * 0.03 bits. It needs no quoting or escaping in a URL, a shell, YAML or a `.env` file.
 */
export function password<R extends AlternatingUsersRotation | DualPasswordRotation | ManualRotation = ManualRotation>(
  length: number,
  options: Rotates<R> = {},
): Field<R> {
  return field({ type: 'password', length }, options.rotation);
}

/**
 * The name of an account, which goes with a password. It is not random (0 bits of entropy); it lives beside the password because
 * rotation between two users changes both together.
 */
export function username(initial: string): Field<ManualRotation> {
  return field({ type: 'username', initial }, manualWithPassword);
}

const manualWithPassword: ManualRotation = { strategy: 'manual', instructions: 'changes together with its password' };

/**
 * A value that somebody else makes: an API token, a webhook address, a service-account key. Its entropy is up to its issuer;
 * its form is checked, and production refuses it where it looks like an example.
 * @param options.by who issues it, for the checklist, for example `Slack`
 * @param options.format what it looks like @default 'text'
 */
export function issued(options: {
  readonly by: string;
  readonly format?: IssuedFormat;
  readonly rotation?: ManualRotation;
}): Field<ManualRotation> {
  const { by, format = 'text' } = options;
  const instructions = `issue a new one at ${by}, deliver it, then revoke the old one there`;
  return field({ type: 'issued', by, format }, options.rotation ?? { strategy: 'manual', instructions });
}
