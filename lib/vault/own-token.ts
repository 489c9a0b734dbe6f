import type { PolicyRule } from './policy';

/**
 * Looking at one's own token and giving it back: External Secrets Operator does both with every token, and calls a
 * store invalid when it may not.
 */
export const ownToken: readonly PolicyRule[] = [
  { path: 'auth/token/lookup-self', capabilities: ['read'] },
  { path: 'auth/token/revoke-self', capabilities: ['update'] },
];
