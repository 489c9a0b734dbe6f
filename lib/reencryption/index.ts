export { describePoison, explainFailure } from './failures';
export { LineProgress } from './line-progress';
export { closeStores, ConnectionError, openStores, type OpenOptions } from './open-stores';
export type { Plan, Planner, PlanRequest, PoisonValue } from './planner';
export {
  type Progress,
  reencrypt,
  type ReencryptOptions,
  type ReencryptReport,
  requireNewKey,
  StoreForbiddenError,
  type TargetReport,
} from './reencrypt';
export { reencryptTargets, type ReencryptTargetsOptions } from './reencrypt-targets';
export type { EncryptedStore, KeyCounts, Replacement, StoredRow, StoreProblem } from './store';
export { StoreBusyError, StoreFailedError } from './store';
export { WorkerPlanner } from './worker-planner';
export { type MongodbTarget, parseTargets, type PostgresqlTarget, type Target, targetName } from './targets';
