import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RotationEngine } from '../../../lib/rotation/engine';
import { keyringStrategy } from '../../../lib/rotation/keyring/strategy';
import { VaultClient } from '../../../lib/vault/client';
import { KvEngine } from '../../../lib/vault/kv';
import { notes, notesEnvironment } from './notes';

/** What the rotation tells the process that started it, which restarts the application and may kill this one. */
export type RotationMessage =
  { readonly line: string } | { readonly deliver: { readonly phase: string } } | { readonly done: boolean };

/** How long a run that was killed keeps the next one from going on, in milliseconds. */
export const leaseMs = 1500;

/* One run of a rotation in a process of its own: VAULT is its address, FOLDER has the file of targets. */
async function run(): Promise<void> {
  const tell = (message: RotationMessage): void => {
    process.send?.(message);
  };
  const client = new VaultClient({ address: process.env.VAULT ?? '', token: 'root' });
  const engine = new RotationEngine({
    environment: notesEnvironment,
    kv: new KvEngine(client, 'secret'),
    delivery: () => ({
      check: async () => await Promise.resolve([]),
      deliver: async ({ label }) => {
        tell({ deliver: { phase: label.split('.')[1] ?? '' } });
        await once(process, 'message');
      },
    }),
    report: (line) => {
      tell({ line });
    },
    clock: {
      now: () => new Date(),
      sleep: async (milliseconds) => {
        await sleep(Math.min(milliseconds, 1000));
      },
    },
    leaseMs,
  });
  const strategy = keyringStrategy({ folder: process.env.FOLDER ?? '' });
  const request = { field: notes.encryption_key, strategy, longestWaitMs: 120_000 };
  const plan = await engine.plan(request);
  const problems = await engine.check(request, plan);
  problems.forEach(({ path, what }) => {
    tell({ line: `${path}: ${what}` });
  });
  const { done } = problems.length > 0 ? { done: false } : await engine.rotate(request, plan);
  tell({ done });
  await client.close();
  process.disconnect();
}

if (require.main === module) {
  void run();
}
