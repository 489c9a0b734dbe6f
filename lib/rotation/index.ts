export {
  type Clock,
  RotationEngine,
  type RotationOutcome,
  type RotationRequest,
  type RotationServices,
} from './engine';
export { RotationError, RotationServerError } from './errors';
export { journalPath, type ReadJournal, readJournal } from './journal';
export {
  currentPhase,
  type JournalRecord,
  type LastRotation,
  type Lease,
  type Pause,
  type PhaseRecord,
  RotationLockError,
} from './journal-state';
export type { RotationPlan } from './plan';
export { type PublishOptions, publishOnce, writtenVersion } from './publish';
export { loadStrategy } from './strategies';
export type * from './strategy';
export * from './value-delivery';
