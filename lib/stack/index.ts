export * from './environment-stack';
