import { compare, type Problem, quoted, type SealingScope, throwProblems } from '../catalog';
import type { SealingCertificate } from './certificate';
import type { FingerprintContext } from './fingerprint-key';
import { FingerprintKeyring } from './fingerprint-keyring';
import { sealValue } from './format';
import { encryptionLabel, isWider, type SealedIdentity } from './scope';
import type { SealedEntry, SealedFile } from './sealed-file';
import type { VariableValue } from './variable-values';

/** See {@link sealWorkload}. */
export interface SealRequest extends SealedIdentity {
  readonly scope: SealingScope;
  readonly certificate: SealingCertificate;
  /** Every variable that the catalog declares, in its order. */
  readonly variables: readonly string[];
  /** Those whose values were given. */
  readonly values: ReadonlyMap<string, VariableValue>;
  /** What is committed. @default - nothing yet */
  readonly existing?: SealedFile;
  /** Path of the file, for messages. */
  readonly path: string;
}

/** The file as it should be, and what happened to each variable. */
export interface SealResult {
  readonly file: SealedFile;
  /** Sealed now: new, or another value, scope or certificate. */
  readonly sealed: readonly string[];
  /** Those of `sealed` that may not have changed: nothing that was given with them could tell. */
  readonly unverified: readonly string[];
  /** Kept byte for byte. */
  readonly kept: readonly string[];
  /** Left out, because the catalog does not declare them any more. */
  readonly dropped: readonly string[];
  /** Declared, but neither given nor sealed before. */
  readonly missing: readonly string[];
}

/**
 * Largest sum of the values of one Secret that the API server takes, in bytes
 * (https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size).
 */
const largestSecret = 1024 * 1024;

/**
 * Seals the values of one workload, keeping every line whose value, scope and certificate are the same.
 * The scope of an existing file never widens: that takes a new file, so everybody sees it.
 * @throws DeclarationError when the request would widen a scope, or leave values behind that no longer open
 */
export function sealWorkload(request: SealRequest): SealResult {
  const { existing, values, variables, path } = request;
  throwProblems(`sealing ${quoted(path)}`, [...checkMove(request), ...checkSizes(request)]);
  const reusable = existing && opensAlike(existing, request) ? existing.entries : new Map<string, SealedEntry>();
  const keys = new FingerprintKeyring(reusable, values);
  const entries = new Map<string, SealedEntry>();
  const sealed: string[] = [];
  const unverified: string[] = [];
  const kept: string[] = [];
  for (const variable of [...variables].sort(compare)) {
    const before = reusable.get(variable);
    const given = values.get(variable);
    if (before && (!given || isUnchanged(before, variable, given, request, keys))) {
      entries.set(variable, before);
      kept.push(variable);
    } else if (given) {
      entries.set(variable, sealEntry(variable, given, request, keys));
      sealed.push(variable);
      if (before?.certificate === request.certificate.id && !keys.canTell(before, given)) {
        unverified.push(variable);
      }
    }
  }
  return {
    file: { name: request.name, namespace: request.namespace, scope: request.scope, entries },
    sealed,
    unverified,
    kept,
    dropped: [...(existing?.entries.keys() ?? [])].filter((variable) => !variables.includes(variable)),
    missing: variables.filter((variable) => !entries.has(variable)).sort(compare),
  };
}

function isUnchanged(
  entry: SealedEntry,
  variable: string,
  given: VariableValue,
  request: SealRequest,
  keys: FingerprintKeyring,
): boolean {
  return (
    entry.certificate === request.certificate.id &&
    keys.recognises(entry, contextOf(variable, entry.sealed, request), given)
  );
}

function sealEntry(
  variable: string,
  given: VariableValue,
  request: SealRequest,
  keys: FingerprintKeyring,
): SealedEntry {
  const { publicKey, id } = request.certificate;
  const label = encryptionLabel(request.scope, request);
  const sealed = sealValue(publicKey, label, Buffer.from(given.value.reveal()));
  return { sealed, certificate: id, ...keys.bookkeeping(contextOf(variable, sealed, request), given) };
}

function contextOf(variable: string, sealed: string, request: SealRequest): FingerprintContext {
  const { scope, certificate } = request;
  return { scope, label: encryptionLabel(scope, request), variable, certificate: certificate.id, sealed };
}

function opensAlike(existing: SealedFile, request: SealRequest): boolean {
  return (
    existing.scope === request.scope &&
    encryptionLabel(existing.scope, existing) === encryptionLabel(request.scope, request)
  );
}

function checkMove(request: SealRequest): Problem[] {
  const { existing, path, scope, variables, values } = request;
  if (!existing) {
    return [];
  }
  if (isWider(scope, existing.scope)) {
    return [
      {
        path,
        what: 'sealing would widen the scope of values that are committed',
        got: quoted(scope),
        allowed: `${quoted(existing.scope)}, which the file has, or a narrower one`,
        fix: 'keep the scope; to widen it on purpose, delete the file and give every value again',
      },
    ];
  }
  const behind = variables.filter((variable) => existing.entries.has(variable) && !values.has(variable));
  if (opensAlike(existing, request) || behind.length === 0) {
    return [];
  }
  return [
    {
      path,
      what: 'the sealed values do not open under the new name, namespace or scope, and not all were given',
      got: `${existing.scope} ${existing.namespace}/${existing.name}, to become ${scope} ${request.namespace}/${request.name}`,
      allowed: 'all of its values at once',
      fix: `give the fields of ${behind.join(', ')} too`,
    },
  ];
}

function checkSizes({ values, path }: SealRequest): Problem[] {
  const size = [...values.values()].reduce((sum, { value }) => sum + Buffer.byteLength(value.reveal()), 0);
  return size <= largestSecret
    ? []
    : [
        {
          path,
          what: 'the values are too large for one Kubernetes Secret',
          got: `${size} bytes`,
          allowed: `${largestSecret} bytes together`,
          fix: 'keep files out of environment variables',
        },
      ];
}
