import type { KubernetesAuthSettings } from '../../../lib/catalog';
import { KubernetesAuth, type KubernetesAuthArgs } from '../../../lib/vault/components';
import { shapedCertificate } from '../../support/certificate';
import { shopEnvironment } from '../../support/environment';
import { recordProgram } from '../../support/pulumi-recorder';

const tokenReviewer = { check: () => Promise.resolve(), write: () => Promise.resolve() };

async function authOf(auth: Partial<KubernetesAuthSettings>, args: Partial<KubernetesAuthArgs> = {}) {
  const settings = shopEnvironment({ vault: { auth: { kubernetesCaCert: shapedCertificate, ...auth } } }).delivery.vault
    .auth;
  const { find } = await recordProgram(() => {
    new KubernetesAuth('auth', { settings, ...args });
  });
  return {
    backend: find('vault:index/authBackend:AuthBackend', 'auth-backend'),
    config: find('vault:kubernetes/authBackendConfig:AuthBackendConfig', 'auth-config'),
  };
}

describe('KubernetesAuth', () => {
  it('knows the cluster, and needs no secret to ask it', async () => {
    const { backend, config } = await authOf({ mount: 'clusters/staging', kubernetesHost: 'https://api:6443' });
    expect(backend.inputs).toEqual({ type: 'kubernetes', path: 'clusters/staging' });
    expect(config.inputs).toEqual({
      backend: 'clusters/staging',
      kubernetesHost: 'https://api:6443',
      kubernetesCaCert: shapedCertificate,
      disableLocalCaJwt: true,
      disableIssValidation: true,
    });
    expect(config.dependencies).toEqual([backend.urn]);
    expect(config.hooks).toEqual([]);
  });

  it("leaves Vault its own pod's identity with the reviewer in-cluster", async () => {
    const { config } = await authOf({ reviewer: 'in-cluster' });
    expect(config.inputs).toMatchObject({ disableLocalCaJwt: false });
  });

  it("checks for a reviewer's token before each change, and writes it after each one", async () => {
    const { config } = await authOf({ reviewer: 'token-reviewer-jwt' }, { tokenReviewer });
    expect(config.hooks).toEqual(['beforeCreate', 'afterCreate', 'beforeUpdate', 'afterUpdate']);
    expect(Object.keys(config.inputs).filter((name) => name.toLowerCase().includes('reviewer'))).toEqual([]);
  });

  it('binds no hook where no token is needed', async () => {
    const { config } = await authOf({ reviewer: 'client-jwt' }, { tokenReviewer });
    expect(config.hooks).toEqual([]);
  });

  it("fails without what brings the reviewer's token", async () => {
    await expect(authOf({ reviewer: 'token-reviewer-jwt' })).rejects.toThrow(
      'the reviewer token-reviewer-jwt needs tokenReviewer, which brings its token to Vault',
    );
  });
});
