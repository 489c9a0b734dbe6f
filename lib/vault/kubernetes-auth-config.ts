import type { KubernetesAuthSettings, Problem } from '../catalog';

/** Configuration of the Kubernetes auth method; the token of a reviewer is never part of it. */
export interface KubernetesAuthConfig {
  readonly kubernetesHost: string;
  /** PEM. @default - the one in Vault's own pod with `in-cluster`, otherwise those that the server's system trusts */
  readonly kubernetesCaCert?: string;
  /**
   * Whether Vault leaves the service account of its own pod alone. Without it, Vault in a pod would review every token
   * with its own, whatever the declaration says, and Vault outside of a pod could not log anybody in.
   */
  readonly disableLocalCaJwt: boolean;
  /**
   * The API server checks the issuer when it reviews the token. Vault's own check is deprecated and insists on a name
   * that no current cluster uses; the published provider turns it on unless it is told not to.
   */
  readonly disableIssValidation: true;
}

/** What the three ways of reviewing a token ask of Vault's configuration. */
export function kubernetesAuthConfig(auth: KubernetesAuthSettings): KubernetesAuthConfig {
  const { kubernetesHost, kubernetesCaCert, reviewer } = auth;
  return {
    kubernetesHost,
    ...(kubernetesCaCert === undefined ? {} : { kubernetesCaCert }),
    disableLocalCaJwt: reviewer !== 'in-cluster',
    disableIssValidation: true,
  };
}

/** Names that only clusters know, for which no public certificate authority signs a certificate. */
const clusterInternal = /^https:\/\/kubernetes(\.default(\.svc(\.cluster\.local)?)?)?(:\d+)?\/?$/;

/** What would make every login fail, and could only be seen at the first one. */
export function checkKubernetesAuth(path: string, auth: KubernetesAuthSettings): Problem[] {
  const { reviewer, kubernetesHost, kubernetesCaCert } = auth;
  return reviewer !== 'in-cluster' && kubernetesCaCert === undefined && clusterInternal.test(kubernetesHost)
    ? [
        {
          path: `${path}.kubernetesCaCert`,
          what: `Vault cannot verify the API server (reviewer ${reviewer} does not use the certificate in Vault's pod)`,
          got: `no certificate authority for ${kubernetesHost}`,
          allowed: 'the certificate authority of the cluster, in PEM',
          fix:
            'name a kubeconfig that has it, or set kubernetesCaCertFile to the file that ' +
            '"kubectl get configmap kube-root-ca.crt -o jsonpath=\'{.data.ca\\.crt}\'" prints',
        },
      ]
    : [];
}
