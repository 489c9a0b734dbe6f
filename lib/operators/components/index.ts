export * from './external-secrets-operator';
export * from './manifests';
export * from './sealed-secrets-controller';
