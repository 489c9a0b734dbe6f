import type { KubernetesAuthSettings } from '../../lib/catalog';
import { checkKubernetesAuth, kubernetesAuthConfig } from '../../lib/vault/kubernetes-auth-config';
import { shapedCertificate } from '../support/certificate';
import { shopEnvironment } from '../support/environment';

function settings(auth: Partial<KubernetesAuthSettings>): KubernetesAuthSettings {
  return shopEnvironment({ vault: { auth } }).delivery.vault.auth;
}

describe('kubernetesAuthConfig', () => {
  it('with client-jwt, uses no token of its own, also where Vault runs in a pod', () => {
    const auth = settings({
      reviewer: 'client-jwt',
      kubernetesHost: 'https://api:6443',
      kubernetesCaCert: shapedCertificate,
    });
    expect(kubernetesAuthConfig(auth)).toEqual({
      kubernetesHost: 'https://api:6443',
      kubernetesCaCert: shapedCertificate,
      disableLocalCaJwt: true,
      disableIssValidation: true,
    });
  });

  it('with in-cluster, takes the token and the certificate of the pod that Vault runs in', () => {
    expect(kubernetesAuthConfig(settings({ reviewer: 'in-cluster' }))).toEqual({
      kubernetesHost: 'https://kubernetes.default.svc',
      disableLocalCaJwt: false,
      disableIssValidation: true,
    });
  });

  it('with token-reviewer-jwt, has no place for the token', () => {
    const auth = settings({ reviewer: 'token-reviewer-jwt', kubernetesCaCert: shapedCertificate });
    expect(kubernetesAuthConfig(auth)).toEqual({
      kubernetesHost: 'https://kubernetes.default.svc',
      kubernetesCaCert: shapedCertificate,
      disableLocalCaJwt: true,
      disableIssValidation: true,
    });
  });
});

describe('checkKubernetesAuth', () => {
  it.each(['client-jwt', 'token-reviewer-jwt'] as const)(
    'fails with %s for a name that no public authority signs, without the certificate of the cluster',
    (reviewer) => {
      expect(checkKubernetesAuth('auth', settings({ reviewer }))).toEqual([
        expect.objectContaining({
          path: 'auth.kubernetesCaCert',
          got: 'no certificate authority for https://kubernetes.default.svc',
        }),
      ]);
    },
  );

  it.each([
    ['the certificate is given', { kubernetesCaCert: shapedCertificate }],
    ['Vault finds it in its pod', { reviewer: 'in-cluster' }],
    ['a public authority may have signed', { kubernetesHost: 'https://api.example.com' }],
  ] as const)('passes where %s', (_, auth) => {
    expect(checkKubernetesAuth('auth', settings(auth))).toEqual([]);
  });

  it.each(['https://kubernetes.default.svc:443', 'https://kubernetes.default.svc.cluster.local', 'https://kubernetes'])(
    'knows %s as a name of the cluster',
    (kubernetesHost) => {
      expect(checkKubernetesAuth('auth', settings({ kubernetesHost }))).toHaveLength(1);
    },
  );
});
