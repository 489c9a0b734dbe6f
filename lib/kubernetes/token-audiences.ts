import type { KubernetesAuthSettings } from '../catalog';

/**
 * Audiences of the tokens that a workload logs in to Vault with. Roles insist on `audience`; a token that Vault shows
 * to the API server as its own login must be meant for the API server too.
 */
export function tokenAudiences(auth: KubernetesAuthSettings): string[] {
  return auth.reviewer === 'client-jwt' ? [auth.audience, auth.apiServerAudience] : [auth.audience];
}
