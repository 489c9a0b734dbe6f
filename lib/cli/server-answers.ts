/** What Vault or the API server answered, or that it did not: `VaultError` and `KubernetesError`, without loading either. */
export interface ServerAnswer extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
}

export function isServerAnswer(error: unknown): error is ServerAnswer {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** What to do about it. */
export function fixOfAnswer({ name, status }: ServerAnswer): string {
  const vault = name === 'VaultError';
  if (status === 0) {
    return vault ? 'check VAULT_ADDR and VAULT_CACERT' : 'check --kubeconfig and --context';
  }
  if (status === 401 || status === 403) {
    return vault ? 'use a token whose policies allow this path' : 'use an account that may do this';
  }
  if (vault && status === 503) {
    return 'unseal Vault, or wait until it has a leader ("vault status" says which)';
  }
  return vault ? 'see the log of Vault' : 'see the log of the API server';
}
