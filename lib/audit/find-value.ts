import type { SecretValue } from '../values/secret-value';
import type { VaultClient } from '../vault/client';
import { type AccessGroup, AccessGroups } from './access-groups';
import type { Gap } from './gap';
import { identityOf } from './identity';
import { isObject, refusalOf, type VaultEntry } from './vault-entry';
import { type LogEvidence, type LogQuestion, readVaultLog } from './vault-log';
import { isWithin, type TimeWindow } from './window';

/** A value as one audit device writes it. */
export interface DeviceHash {
  readonly device: string;
  readonly hash: string;
  /** Whether the device writes values as they are, so that it has no hash. */
  readonly raw: boolean;
}

/**
 * Asks Vault how each of its audit devices writes a value (https://developer.hashicorp.com/vault/api-docs/system/audit-hash).
 * The value travels in the body of a request; the audit log records that it was asked for, as a hash.
 * @param names @default - every device, which needs `read` and `sudo` on `sys/audit`
 */
export async function hashesOf(
  vault: VaultClient,
  value: SecretValue,
  names?: readonly string[],
): Promise<DeviceHash[]> {
  const devices = (await listDevices(vault, names)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const hashes: DeviceHash[] = [];
  for (const { name, raw } of devices) {
    const { data } = await vault.write<{ hash: string }>(`sys/audit-hash/${name}`, { input: value.reveal() });
    hashes.push({ device: name, hash: data.hash, raw });
  }
  return hashes;
}

async function listDevices(vault: VaultClient, names?: readonly string[]): Promise<{ name: string; raw: boolean }[]> {
  if (names) {
    return names.map((name) => ({ name, raw: false }));
  }
  const answer = (await vault.read<Record<string, { options?: Record<string, string> | null }>>('sys/audit')) ?? {};
  return Object.entries(answer)
    .filter(([name]) => name.endsWith('/'))
    .map(([name, { options }]) => ({ name: name.replace(/\/$/, ''), raw: options?.log_raw === 'true' }));
}

/** Where a value was seen. */
export interface ValueReport extends LogEvidence {
  /** Answers that gave it away; `keys` say under which name. */
  readonly given: readonly AccessGroup[];
  /** Requests that held it: writes, logins. */
  readonly sent: readonly AccessGroup[];
  /** Questions for its hash, this one among them. */
  readonly hashed: readonly AccessGroup[];
}

/** See {@link findValue}. */
export interface FindValueQuestion extends LogQuestion {
  readonly hashes: readonly DeviceHash[];
}

/** Who was given a value, or sent it. */
export async function findValue(question: FindValueQuestion): Promise<ValueReport> {
  const { hashes } = question;
  const known = new Set(hashes.map(({ hash }) => hash));
  const seen = new Set<string>();
  const [given, sent, hashed] = [new AccessGroups(), new AccessGroups(), new AccessGroups()];
  const isQuestion = ({ request: { path } }: VaultEntry): boolean => path.startsWith('sys/audit-hash/');
  const evidence = await readVaultLog({
    ...question,
    needles: [...known],
    concerns: (entry) => {
      if (isQuestion(entry)) {
        findHashes(entry.request.data, known).forEach(({ hash }) => seen.add(hash));
      }
      return holdsHash(entry, known);
    },
    // The request of a read does not hold what the answer does.
    pairs: ({ request }) => findHashes(request.data, known).length > 0,
    onAnswer: (entry) => {
      const add = (groups: AccessGroups, data: unknown): void => {
        const found = findHashes(data, known);
        if (found.length > 0) {
          groups.add(asAccess(entry, [...new Set(found.map(({ key }) => key))]));
        }
      };
      add(isQuestion(entry) ? hashed : sent, entry.request.data);
      add(given, entry.response?.data);
    },
  });
  return {
    ...{ given: given.list(), sent: sent.list(), hashed: hashed.list() },
    ...evidence,
    gaps: [...evidence.gaps, ...saltGaps(hashes, seen, evidence, question.window)],
  };
}

function holdsHash({ request, response }: VaultEntry, known: ReadonlySet<string>): boolean {
  return findHashes([request.data, response?.data], known).length > 0;
}

function asAccess(entry: VaultEntry, keys: readonly string[]): Parameters<AccessGroups['add']>[0] {
  const { path, operation, remote_address: address } = entry.request;
  const refusal = refusalOf(entry);
  return {
    ...{ kind: 'read', path, action: operation, time: entry.time, identity: identityOf(entry), keys },
    ...(address === undefined ? {} : { address }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** Hashes below a value, and the name that each stands under. */
function findHashes(value: unknown, known: ReadonlySet<string>, key = ''): { hash: string; key: string }[] {
  if (typeof value === 'string') {
    return known.has(value) ? [{ hash: value, key }] : [];
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([name, inner]) => findHashes(inner, known, Array.isArray(value) ? key : name))
    : [];
}

/** The salt belongs to the device. The question for the hash is in its log too, which shows that the hash is of its salt. */
function saltGaps(
  hashes: readonly DeviceHash[],
  seen: ReadonlySet<string>,
  { deviceChanges }: LogEvidence,
  window: TimeWindow,
): Gap[] {
  const unseen = hashes.filter(({ hash }) => !seen.has(hash));
  const raw = hashes.filter((device) => device.raw);
  const gaps = unseen.map(({ device }): Gap => ({
    kind: 'salt',
    message: `the question for the hash of device "${device}" is not in the files: they are not its newest log, or of another salt`,
    fix: `give the newest log of device "${device}"`,
  }));
  const rawGaps = raw.map(({ device }): Gap => ({
    kind: 'salt',
    message: `device "${device}" writes values as they are (log_raw), which this does not look for`,
    fix: 'enable it again without log_raw, and treat its log as a secret',
  }));
  const within = deviceChanges.filter(({ time }) => isWithin(window, time));
  const changed = [...new Set(within.map(({ device }) => device))];
  const changeGaps: Gap[] =
    changed.length === 0
      ? []
      : [
          {
            kind: 'salt',
            message: `audit devices were enabled or disabled (${changed.join(', ')}): each enabling makes another salt, and what was written before cannot be compared with a hash of today`,
            fix: 'for older entries ask by path: audit who-read',
          },
        ];
  return [...gaps, ...rawGaps, ...changeGaps];
}
