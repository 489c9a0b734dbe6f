export * from './client';
export * from './components';
export * from './kubernetes-auth-config';
export * from './kv';
export * from './policy';
export * from './prepare-vault';
export * from './secrets-mount';
export * from './seed';
export * from './token-reviewer';
// The component of the same name declares for Pulumi what these functions derive.
export { type AccessPolicy, accessOfEnvironment, accessOfWorkload, type KubernetesRole } from './workload-access';
