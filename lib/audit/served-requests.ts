import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Requests that Vault answered for one Kubernetes auth role. */
export interface ServedRequests {
  readonly logins: number;
  readonly reads: number;
  readonly lookups: number;
  readonly revocations: number;
  /** All answered requests, others included. */
  readonly total: number;
  /** Requests that were refused, which are in `total` too. */
  readonly denied: number;
}

/** The part of an audit entry that is used here (https://developer.hashicorp.com/vault/docs/audit/schema). */
interface AuditEntry {
  readonly type: 'request' | 'response';
  readonly error?: string;
  readonly auth?: { readonly metadata?: { readonly role?: string } };
  readonly request: { readonly operation: string; readonly path: string };
}

const none: ServedRequests = { logins: 0, reads: 0, lookups: 0, revocations: 0, total: 0, denied: 0 };

/**
 * Counts answered requests a role from Vault's audit log.
 * @param file a file audit device's log
 * @param fromByte where to begin, for what happened since @default 0
 */
export async function countServedRequests(file: string, fromByte = 0): Promise<Map<string, ServedRequests>> {
  const counts = new Map<string, ServedRequests>();
  const lines = createInterface({ input: createReadStream(file, { start: fromByte }), crlfDelay: Infinity });
  for await (const line of lines) {
    const entry = parseEntry(line);
    const role = entry?.auth?.metadata?.role;
    if (entry?.type === 'response' && role !== undefined) {
      counts.set(role, add(counts.get(role) ?? none, entry));
    }
  }
  return counts;
}

/** A line that is still being written is not an entry yet. */
function parseEntry(line: string): AuditEntry | undefined {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    return undefined;
  }
}

function add(counts: ServedRequests, { error, request: { operation, path } }: AuditEntry): ServedRequests {
  const one = (condition: boolean): number => (condition ? 1 : 0);
  return {
    logins: counts.logins + one(/^auth\/.+\/login$/.test(path)),
    reads: counts.reads + one(operation === 'read' && path.includes('/data/')),
    lookups: counts.lookups + one(path === 'auth/token/lookup-self'),
    revocations: counts.revocations + one(path === 'auth/token/revoke-self'),
    total: counts.total + 1,
    denied: counts.denied + one((error ?? '') !== ''),
  };
}
