import type { VaultAuth, VaultEntry } from './vault-entry';

/** Who asked. */
export interface Identity {
  /**
   * - `workload`: a Kubernetes service account.
   * - `person`: everybody who came in another way. A token can be in anybody's hands.
   * - `unknown`: a token that Vault does not know, or no more.
   */
  readonly kind: 'workload' | 'person' | 'unknown';
  /** `namespace/serviceaccount`, or Vault's display name such as `userpass-asha`. */
  readonly name: string;
  /** What tells it from others of the same name. */
  readonly detail: string;
}

/** Who made a request, by what Vault knows of the token. */
export function identityOf({ auth, request }: VaultEntry): Identity {
  const { service_account_namespace: namespace, service_account_name: account, role } = auth?.metadata ?? {};
  if (namespace !== undefined && account !== undefined) {
    return { kind: 'workload', name: `${namespace}/${account}`, detail: role === undefined ? '' : `role ${role}` };
  }
  const name = auth?.display_name ?? '';
  if (name === '' && (auth?.policies ?? []).length === 0) {
    return { kind: 'unknown', name: 'unknown token', detail: request.client_token ?? '' };
  }
  const entity = auth?.entity_id ?? '';
  const detail = entity === '' ? `policies ${(auth?.policies ?? []).join(' ')}` : `entity ${entity}`;
  return { kind: 'person', name: name === '' ? 'token' : name, detail };
}

/** How an identity is looked for. */
export interface IdentityQuestion {
  /** What lines of it hold. */
  readonly needle: string;
  readonly matches: (entry: VaultEntry) => boolean;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Understands how people name an identity: `namespace/serviceaccount`, an entity id, the hash of a token or an accessor as
 * the log shows it, or else a name: a display name with or without its auth method (`userpass-asha`, `asha`), a role, a
 * service account, or anything that the auth method knows.
 */
export function identityQuestion(text: string): IdentityQuestion {
  if (text.startsWith('hmac-sha256:')) {
    return { needle: `"${text}"`, matches: (entry) => JSON.stringify(entry).includes(`"${text}"`) };
  }
  if (uuid.test(text)) {
    return {
      needle: `"entity_id":"${text}"`,
      matches: (entry) => authsOf(entry).some(({ entity_id }) => entity_id === text),
    };
  }
  const [, namespace, account] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (namespace !== undefined && account !== undefined) {
    return {
      needle: `"service_account_name":"${account}"`,
      matches: (entry) =>
        authsOf(entry).some(
          ({ metadata }) =>
            metadata?.service_account_name === account && metadata.service_account_namespace === namespace,
        ),
    };
  }
  // As JSON writes it, up to the quote that ends it.
  return { needle: JSON.stringify(text).slice(1), matches: (entry) => isNamed(entry, text) };
}

function isNamed(entry: VaultEntry, name: string): boolean {
  return (
    authsOf(entry).some(
      ({ display_name = '', metadata }) =>
        display_name === name || display_name.endsWith(`-${name}`) || Object.values(metadata ?? {}).includes(name),
    ) ||
    (/^auth\/.+\/login\/[^/]+$/.test(entry.request.path) && entry.request.path.endsWith(`/${name}`))
  );
}

/** The token that asked, and the one that a login gave. */
function authsOf({ auth, response }: VaultEntry): VaultAuth[] {
  return [auth, response?.auth].flatMap((one) => one ?? []);
}
