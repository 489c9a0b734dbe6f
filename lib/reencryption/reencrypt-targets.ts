import { FieldCipher } from '../encryption/field-cipher';
import type { Keyring } from '../encryption/keyring';
import { closeStores, openStores } from './open-stores';
import { reencrypt, type ReencryptOptions, type ReencryptReport } from './reencrypt';
import type { Target } from './targets';
import { WorkerPlanner } from './worker-planner';

/** See {@link reencryptTargets}. */
export interface ReencryptTargetsOptions extends Omit<ReencryptOptions, 'cipher' | 'planner'> {
  readonly keyring: Keyring;
  /** Holds the variables that the targets name. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Connects to declared targets, re-encrypts them in threads, and closes everything.
 * @throws what {@link openStores} and {@link reencrypt} throw
 */
export async function reencryptTargets(
  targets: readonly Target[],
  { keyring, environment, ...options }: ReencryptTargetsOptions,
): Promise<ReencryptReport> {
  const stores = await openStores(targets, { keyring, dryRun: options.dryRun ?? false, environment });
  const planner = new WorkerPlanner(keyring);
  try {
    return await reencrypt(stores, { ...options, cipher: new FieldCipher(keyring), planner });
  } finally {
    await planner.close();
    await closeStores(stores);
  }
}
