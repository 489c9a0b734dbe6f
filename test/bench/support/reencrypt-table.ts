import { FieldCipher, type Keyring } from '../../../lib/encryption';
import { type PostgresqlTarget, reencrypt, WorkerPlanner } from '../../../lib/reencryption';
import { PostgresqlStore } from '../../../lib/reencryption/postgresql-store';

const targetOf = (name: string): PostgresqlTarget => ({
  store: 'postgresql',
  schema: 'public',
  table: name,
  primaryKey: ['id'],
  columns: ['phone'],
});

/** What the column of a row holds. */
export function encryptPhone(cipher: FieldCipher, name: string, id: number): string {
  return cipher.encrypt(`+91 98765 ${id}`, { table: name, column: 'phone', primaryKey: id });
}

/** The whole run, with its three counts, in seconds. */
export async function reencryptTable(url: string, name: string, keyring: Keyring, rows: number): Promise<number> {
  const planner = new WorkerPlanner(keyring);
  const store = await PostgresqlStore.connect(targetOf(name), { url, activeKey: keyring.active });
  try {
    const since = performance.now();
    const report = await reencrypt([store], {
      cipher: new FieldCipher(keyring),
      planner,
      batchSize: 1000,
      settle: () => Promise.resolve(),
    });
    const seconds = (performance.now() - since) / 1000;
    if (!report.complete || report.targets[0]?.replaced !== rows) {
      throw new Error(`the run is not complete: ${JSON.stringify(report)}`);
    }
    return seconds;
  } finally {
    await planner.close();
    await store.close();
  }
}
