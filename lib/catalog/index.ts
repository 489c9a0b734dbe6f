export * from './catalog';
export * from './derived-value';
export * from './duration';
export * from './environment';
export * from './environment-overrides';
export * from './field';
export * from './names';
export * from './problems';
export * from './references';
export * from './render';
export * from './rotation';
export {
  rotatesByItself,
  rotationAudience,
  rotationRole,
  type RotationSchedule,
  type RotationScheduleOptions,
} from './rotation-schedule';
export * from './vault-secret';
export * from './workload';
