export { closeStores, ConnectionError, openStores, type OpenOptions } from './open-stores';
export {
  type Progress,
  reencrypt,
  type ReencryptOptions,
  type ReencryptReport,
  requireNewKey,
  StoreForbiddenError,
  type TargetReport,
} from './reencrypt';
export type { EncryptedStore, KeyCounts, Replacement, StoredRow, StoreProblem } from './store';
export { StoreBusyError, StoreFailedError } from './store';
export type { PoisonValue } from './store-run';
export { type MongodbTarget, parseTargets, type PostgresqlTarget, type Target, targetName } from './targets';
