/** Who, as Vault knows the token of a request. */
export interface VaultAuth {
  readonly display_name?: string;
  readonly entity_id?: string;
  readonly accessor?: string;
  readonly client_token?: string;
  /** What the auth method knows: `service_account_namespace`, `service_account_name` and `role`, or `username`. */
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly policies?: readonly string[];
  readonly policy_results?: { readonly allowed?: boolean };
}

/**
 * The part of an audit entry that is used here (https://developer.hashicorp.com/vault/docs/audit/schema). Texts in `data`,
 * tokens and accessors are hashed with the salt of the device; names, paths, numbers and keys are not.
 */
export interface VaultEntry {
  /** RFC 3339, up to nanoseconds. */
  readonly time: string;
  readonly type: 'request' | 'response';
  readonly error?: string;
  readonly auth?: VaultAuth | null;
  readonly request: {
    readonly id: string;
    readonly operation: string;
    readonly path: string;
    readonly client_token?: string;
    readonly remote_address?: string;
    readonly data?: Readonly<Record<string, unknown>> | null;
  };
  readonly response?: {
    readonly auth?: VaultAuth | null;
    readonly data?: Readonly<Record<string, unknown>> | null;
    readonly wrap_info?: { readonly token?: string } | null;
  } | null;
}

/** An entry in parsed JSON; nothing where it is something else. */
export function parseVaultEntry(json: unknown): VaultEntry | undefined {
  if (!isObject(json) || !isObject(json.request)) {
    return undefined;
  }
  const { time, type, request } = json;
  const whole =
    (type === 'request' || type === 'response') &&
    typeof time === 'string' &&
    !Number.isNaN(Date.parse(time)) &&
    [request.id, request.operation, request.path].every((part) => typeof part === 'string');
  return whole ? (json as unknown as VaultEntry) : undefined;
}

/** Why an attempt failed, in one line; nothing where it did not. */
export function refusalOf({ error, auth }: VaultEntry): string | undefined {
  if (error !== undefined && error !== '') {
    const reasons = error.split('\n').flatMap((line) => /^\s*\* (.+)$/.exec(line)?.[1] ?? []);
    return reasons.length > 0 ? reasons.join(', ') : error.replace(/\s+/g, ' ').trim();
  }
  return auth?.policy_results?.allowed === false ? 'permission denied' : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
