import { SecretValue } from '../values/secret-value';
import type { KubernetesClient } from './client';

/** Whose token, and for whom. */
export interface TokenRequestOptions {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
}

/** The API server gives no token for less. */
const shortestSeconds = 600;

/**
 * A fresh token of a service account, as External Secrets Operator asks for one
 * (https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/).
 * @throws KubernetesError with status 404 if there is no such account, 403 without `create` on `serviceaccounts/token`
 */
export async function requestToken(
  kubernetes: KubernetesClient,
  { namespace, serviceAccount, audiences }: TokenRequestOptions,
): Promise<SecretValue> {
  const { status } = await kubernetes.request<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds: shortestSeconds },
    },
  );
  return new SecretValue(status.token);
}
