import type { Pace } from './pace';
import type { Plan, Planner, PoisonValue } from './planner';
import type { EncryptedStore, KeyCounts, Replacement, StoredRow } from './store';

/** What the passes over one target came to. */
export interface PassResult {
  /** Rows that were replaced, or would be in a dry run. */
  readonly replaced: number;
  /** Rows that somebody else changed between reading and replacing; a later pass looked at them again. */
  readonly overtaken: number;
  /** How many values the last pass could not decrypt, and the first of them. */
  readonly poisonCount: number;
  readonly poison: readonly PoisonValue[];
}

export interface PassOptions {
  readonly activeKey: string;
  readonly planner: Planner;
  readonly batchSize: number;
  readonly pace: Pace;
  readonly dryRun: boolean;
  /** Called after each batch with the values that are done. */
  readonly onProgress: (values: number) => void;
}

/** So that a table full of poison does not fill the memory. */
const poisonListed = 10_000;

/** Rows that somebody writes all the time can be overtaken in each pass; the next run goes on. */
const mostPasses = 10;

/** Number of values that another key than the active one encrypted. */
export function remainingIn(counts: KeyCounts, activeKey: string): number {
  return [...counts].reduce((sum, [key, count]) => (key === activeKey ? sum : sum + count), 0);
}

/**
 * Re-encrypts one target: passes from its beginning, the first one from the checkpoint, until nothing is left but what
 * cannot be decrypted.
 */
export async function reencryptStore<Row extends StoredRow>(
  store: EncryptedStore<Row>,
  options: PassOptions,
): Promise<PassResult> {
  const start = options.dryRun ? undefined : await store.checkpoint();
  let pass = await runPass(store, start, options);
  let [{ replaced, overtaken }, complete] = [pass, start === undefined];
  for (let passes = 1; passes < mostPasses && !options.dryRun; passes++) {
    const onlyPoison = complete && pass.replaced === 0 && pass.overtaken === 0;
    if (onlyPoison || remainingIn(await store.count(), options.activeKey) === 0) {
      break;
    }
    pass = await runPass(store, undefined, options);
    complete = true;
    replaced += pass.replaced;
    overtaken += pass.overtaken;
  }
  return { ...pass, replaced, overtaken };
}

async function runPass<Row extends StoredRow>(
  store: EncryptedStore<Row>,
  start: Row | undefined,
  options: PassOptions,
): Promise<PassResult> {
  const poison: PoisonValue[] = [];
  let [replaced, overtaken, poisonCount] = [0, 0, 0];
  let writing: Promise<unknown> = Promise.resolve();
  for await (const { rows, last, plan } of plannedPages(store, start, options)) {
    await writing;
    const replacements = replacementsOf(rows, plan);
    writing = (options.dryRun ? Promise.resolve(replacements.length) : store.replace(replacements, last)).then(
      (written) => {
        replaced += written;
        overtaken += replacements.length - written;
        options.onProgress(changedIn(plan) + plan.poison.length);
      },
    );
    // A failure is thrown by the await above or below, not while a page is awaited.
    writing.catch(() => undefined);
    poison.push(...plan.poison.slice(0, poisonListed - poison.length));
    poisonCount += plan.poison.length;
  }
  await writing;
  if (!options.dryRun) {
    await store.endPass();
  }
  return { replaced, overtaken, poisonCount, poison };
}

interface PlannedPage<Row extends StoredRow> {
  readonly rows: readonly Row[];
  readonly last: Row;
  readonly plan: Plan;
}

/**
 * The pages with their new values. Two pages are ahead of the one that is given out: the database reads one while the
 * planner encrypts the other and the caller writes what it has.
 */
async function* plannedPages<Row extends StoredRow>(
  store: EncryptedStore<Row>,
  start: Row | undefined,
  { batchSize, pace, planner }: PassOptions,
): AsyncGenerator<PlannedPage<Row>> {
  const ahead: Promise<PlannedPage<Row>>[] = [];
  let rows = await store.page(start, batchSize);
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    await pace.next(rows.length);
    const page = { rows, last };
    const planned = planner
      .plan({ table: store.table, columns: store.columns, rows })
      .then((plan) => ({ ...page, plan }));
    planned.catch(() => undefined);
    ahead.push(planned);
    rows = await store.page(last, batchSize);
    const [first] = ahead.length > 1 ? ahead.splice(0, 1) : [];
    if (first !== undefined) {
      yield await first;
    }
  }
  for (const planned of ahead) {
    yield await planned;
  }
}

function replacementsOf<Row extends StoredRow>(rows: readonly Row[], plan: Plan): Replacement<Row>[] {
  return rows.flatMap((row, index) => {
    const values = plan.values[index] ?? [];
    return values.some((value) => value !== undefined) ? [{ row, values }] : [];
  });
}

function changedIn({ values }: Plan): number {
  return values.reduce((sum, row) => sum + row.filter((value) => value !== undefined).length, 0);
}
