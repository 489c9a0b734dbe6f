export type * from './chart-values';
export * from './components';
export * from './external-secrets-values';
export * from './manifest-needs';
export * from './manifest-order';
export * from './operator-name';
export * from './sealed-secrets-values';
export * from './stack-settings';
