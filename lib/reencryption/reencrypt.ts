import { type Problem, throwProblems } from '../catalog/problems';
import type { FieldCipher } from '../encryption/field-cipher';
import type { Keyring } from '../encryption/keyring';
import { legacyKeyId } from '../encryption/legacy';
import { pace } from './pace';
import { planHere, type Planner } from './planner';
import type { EncryptedStore, StoreProblem } from './store';
import { type PassResult, reencryptStore, remainingIn } from './store-run';

export interface ReencryptOptions {
  /** Its active key is the new one; its other keys decrypt what is stored. */
  readonly cipher: FieldCipher;
  /** Where the encryption is done; the caller closes it. @default - in this thread */
  readonly planner?: Planner;
  /** Rows in one read and one write. @default 1000 */
  readonly batchSize?: number;
  /** Rows a second, over all targets. @default - as fast as the database answers */
  readonly rate?: number;
  /** Reads and decrypts everything, writes nothing. @default false */
  readonly dryRun?: boolean;
  /** Waits between the two counts of the gate, long enough for open transactions of the old key to end. */
  readonly settle: () => Promise<unknown>;
  readonly progress?: Progress;
}

/** Told how far the work is. Values are counted, not rows: a row may hold several. */
export interface Progress {
  start(target: string, values: number): void;
  add(values: number): void;
  end(): void;
}

export interface TargetReport extends PassResult {
  readonly target: string;
  /** Values of other keys than the active one: when everything was replaced, and once more after a while. */
  readonly remaining: readonly number[];
  /** Values by key id at the last count. */
  readonly keys: Readonly<Record<string, number>>;
}

export interface ReencryptReport {
  readonly activeKey: string;
  readonly dryRun: boolean;
  readonly targets: readonly TargetReport[];
  /** Whether both counts found no value of another key: only then may the other keys be removed. */
  readonly complete: boolean;
}

/** The database refuses the work to this user. */
export class StoreForbiddenError extends Error {
  constructor(readonly problems: readonly StoreProblem[]) {
    super(problems.map(({ path, what, fix }) => `${path}: ${what}, fix: ${fix}`).join('\n'));
    this.name = 'StoreForbiddenError';
  }
}

/**
 * Replaces every value that another than the active key encrypted, in all stores, and counts twice what is left.
 * Values are never lost: each is replaced only if it is still what was read. The run may be ended at any moment and
 * goes on when it is started again.
 * @throws DeclarationError when a target does not fit its database, and StoreForbiddenError when the user may not write
 * there, both before anything is changed
 */
export async function reencrypt(
  stores: readonly EncryptedStore[],
  options: ReencryptOptions,
): Promise<ReencryptReport> {
  const { cipher, dryRun = false, settle } = options;
  const activeKey = cipher.keyring.active;
  requireNewKey(cipher.keyring);
  await checkStores(stores);
  const results = new Map<EncryptedStore, PassResult>();
  for (const store of dryRun ? [] : stores) {
    await store.begin();
  }
  for (const store of stores) {
    results.set(store, await run(store, options));
  }
  const first = await countAll(stores);
  if (!dryRun) {
    await settle();
  }
  const counts = dryRun ? [first] : [first, await countAll(stores)];
  const targets = stores.map((store, index): TargetReport => {
    const keys = counts.map((count) => count[index] ?? new Map<string, number>());
    const remaining = keys.map((count) => remainingIn(count, activeKey));
    const result = results.get(store) ?? none;
    return { target: store.name, ...result, remaining, keys: Object.fromEntries(keys.at(-1) ?? []) };
  });
  const complete = targets.every(({ remaining }) => remaining.every((count) => count === 0));
  return { activeKey, dryRun, targets, complete };
}

/** @throws DeclarationError while the key that encrypts is the one from before there were key ids */
export function requireNewKey({ active }: Keyring): void {
  throwProblems('the keyring', active === legacyKeyId ? [noNewKey] : []);
}

const none: PassResult = { replaced: 0, overtaken: 0, poisonCount: 0, poison: [] };

const noNewKey: Problem = {
  path: 'ENCRYPTION_KEYRING.active',
  what: 'there is no new key to encrypt with',
  got: legacyKeyId,
  allowed: 'the id of a key of the keyring that is not "legacy"',
  fix: 'add a key, deliver it to every process, then make it active (docs/encryption.md)',
};

async function checkStores(stores: readonly EncryptedStore[]): Promise<void> {
  const problems: StoreProblem[] = [];
  for (const store of stores) {
    problems.push(...(await store.findProblems()));
  }
  const wrong = problems.filter(({ forbidden }) => forbidden !== true);
  throwProblems('the list of targets', wrong.length > 0 ? problems : []);
  if (problems.length > 0) {
    throw new StoreForbiddenError(problems);
  }
}

async function run(store: EncryptedStore, options: ReencryptOptions): Promise<PassResult> {
  const { cipher, batchSize = 1000, rate, dryRun = false, progress, planner = planHere(cipher) } = options;
  progress?.start(store.name, remainingIn(await store.count(), cipher.keyring.active));
  try {
    return await reencryptStore(store, {
      activeKey: cipher.keyring.active,
      planner,
      batchSize,
      dryRun,
      pace: pace(rate),
      onProgress: (values) => progress?.add(values),
    });
  } finally {
    progress?.end();
  }
}

async function countAll(stores: readonly EncryptedStore[]): Promise<ReadonlyMap<string, number>[]> {
  const counts = [];
  for (const store of stores) {
    counts.push(await store.count());
  }
  return counts;
}
