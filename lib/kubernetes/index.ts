// The client is not among them: loading a network library would slow down every synthesis.
export * from './declared-workload';
export * from './enforce-object-rules';
export * from './environment-delivery';
export * from './guardrails';
export * from './manifest-app';
export * from './object-rules';
export * from './sealed-delivery';
export * from './secret-source';
export * from './token-audiences';
export * from './vault-ca';
export * from './vault-delivery';
export * from './vault-store';
export * from './wiring';
export * from './workload-external-secret';
export * from './workload-identity';
export * from './workload-sealed-secret';
export * from './workload-secret';
