export * from './audit-devices';
export * from './kubernetes-auth';
export * from './secrets-engine';
export * from './vault-access';
export * from './workload-access';
