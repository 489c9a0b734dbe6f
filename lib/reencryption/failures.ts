import { ConnectionError } from './open-stores';
import type { PoisonValue } from './planner';
import { StoreForbiddenError } from './reencrypt';
import { StoreBusyError, StoreFailedError } from './store';

/** What went wrong with a database, and what to do about it. */
export interface StoreFailure {
  readonly message: string;
  readonly fix?: string;
}

/** Explains an error of a database; nothing where it is another one. */
export function explainFailure(error: unknown): StoreFailure | undefined {
  if (error instanceof ConnectionError) {
    return { message: error.message, fix: error.fix };
  }
  if (error instanceof StoreForbiddenError) {
    return { message: error.message };
  }
  if (error instanceof StoreBusyError) {
    return { message: error.message, fix: 'wait until it ends; its lock ends with its connection' };
  }
  if (error instanceof StoreFailedError) {
    return { message: error.message, fix: 'start the same command again: it goes on where it stopped' };
  }
  return undefined;
}

/** `postgresql public.users ["5"] phone: unknown key (key 0a1b2c3d)` */
export function describePoison(target: string, { primaryKey, column, reason, keyId }: PoisonValue): string {
  return `${target} ${JSON.stringify(primaryKey)} ${column}: ${reason}${keyId === undefined ? '' : ` (key ${keyId})`}`;
}
