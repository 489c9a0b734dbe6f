import { type Identity, identityOf } from './identity';
import { isObject, refusalOf, type VaultEntry } from './vault-entry';

/** What an access to a secret does. */
export type AccessKind =
  /** Gives values. */
  | 'read'
  /** Gives the names of the fields (`subkeys`). */
  | 'subkeys'
  /** Gives versions and times, or the names of secrets (`metadata`). */
  | 'names'
  /** Changes, deletes, restores or destroys. */
  | 'write';

/** One access to one secret of a KV version 2 engine. */
export interface Access {
  readonly kind: AccessKind;
  /** Below the mount. */
  readonly path: string;
  /** In a few words: `read`, `read field names`, `patch`, `destroy versions`. */
  readonly action: string;
}

/** An access with its outcome. */
export interface AnsweredAccess extends Access {
  readonly time: string;
  readonly identity: Identity;
  /** Names of the fields in the answer. */
  readonly keys: readonly string[];
  /** Version in the answer. */
  readonly version?: number;
  /** Address of the client. */
  readonly address?: string;
  /** Why nothing was given or done. @default - it succeeded */
  readonly refusal?: string;
  /** Hash of the wrapping token that the answer was put into. */
  readonly wrappingToken?: string;
}

const interfaces = ['data', 'subkeys', 'metadata', 'delete', 'undelete', 'destroy'] as const;

const shape = new RegExp(`^(${interfaces.join('|')})/(.+)$`);

/** Every path of the interface that is about one secret. */
export function pathsOf(mount: string, secret: string): string[] {
  return interfaces.map((name) => `${mount}/${name}/${secret}`);
}

/**
 * What a request does to a secret (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2); nothing where its path
 * is none of the mount's.
 */
export function accessOf({ request: { path, operation } }: VaultEntry, mount: string): Access | undefined {
  if (!path.startsWith(`${mount}/`)) {
    return undefined;
  }
  const [, api = '', secret = ''] = shape.exec(path.slice(mount.length + 1)) ?? [];
  return secret === '' ? undefined : { kind: kindOf(api, operation), path: secret, action: actionOf(api, operation) };
}

const actions: Readonly<Record<string, string>> = {
  'read data': 'read',
  'create data': 'write',
  'update data': 'write',
  'patch data': 'patch',
  'delete data': 'delete newest version',
  'read subkeys': 'read field names',
  'delete metadata': 'delete all versions',
  'update delete': 'delete versions',
  'update undelete': 'undelete versions',
  'update destroy': 'destroy versions',
};

function actionOf(api: string, operation: string): string {
  const action = `${operation} ${api}`;
  return actions[action] ?? action;
}

function kindOf(api: string, operation: string): AccessKind {
  if (operation !== 'read' && operation !== 'list') {
    return operation === 'header' ? 'names' : 'write';
  }
  return api === 'data' ? 'read' : api === 'subkeys' ? 'subkeys' : 'names';
}

/** What a response entry says about an access. */
export function answeredAccess(entry: VaultEntry, access: Access): AnsweredAccess {
  const { data, wrap_info: wrapping } = entry.response ?? {};
  const { version } = isObject(data?.metadata) ? data.metadata : (data ?? {});
  const refusal = refusalOf(entry) ?? (wrapping ? undefined : emptiness(access.kind, data));
  return {
    ...access,
    time: entry.time,
    identity: identityOf(entry),
    keys: refusal === undefined && (access.kind === 'read' || access.kind === 'subkeys') ? keysOf(data) : [],
    ...(typeof version === 'number' ? { version } : {}),
    ...(entry.request.remote_address === undefined ? {} : { address: entry.request.remote_address }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(wrapping ? { wrappingToken: wrapping.token ?? '' } : {}),
  };
}

function keysOf(data: Readonly<Record<string, unknown>> | null | undefined): string[] {
  const fields = data?.data ?? data?.subkeys;
  return isObject(fields) ? Object.keys(fields) : [];
}

/** Vault answers 404 without an error for what is not there. A deleted version comes as `http_status_code`. */
function emptiness(kind: AccessKind, data: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  if (kind === 'write') {
    return undefined;
  }
  if (data?.http_status_code === 404) {
    return 'the version is deleted or destroyed';
  }
  return data === undefined || data === null ? 'nothing is there' : undefined;
}
