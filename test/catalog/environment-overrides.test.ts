import { environments } from '../../environments';
import { overrideEnvironment } from '../../lib/catalog/environment-overrides';
import { shapedCertificate } from '../support/certificate';
import { shopEnvironment } from '../support/environment';

const environment = shopEnvironment();

describe('overrideEnvironment', () => {
  it('changes nothing where nothing is given', () => {
    expect(overrideEnvironment(environment, {})).toBe(environment);
    expect(overrideEnvironment(environment, { vaultAddress: undefined })).toBe(environment);
  });

  it('points an environment at another Vault and cluster', () => {
    const moved = overrideEnvironment(environment, {
      vaultAddress: 'https://127.0.0.1:8200',
      vaultCa: { type: 'certificate', pem: shapedCertificate },
      kubernetesHost: 'https://127.0.0.1:6443',
      kubernetesCaCert: shapedCertificate,
      reviewer: 'in-cluster',
    });
    expect(moved.delivery.vault).toMatchObject({
      address: 'https://127.0.0.1:8200',
      ca: { type: 'certificate', pem: shapedCertificate },
      auth: {
        kubernetesHost: 'https://127.0.0.1:6443',
        kubernetesCaCert: shapedCertificate,
        reviewer: 'in-cluster',
      },
    });
  });

  it('keeps everything that is not about the place, and the declaration itself', () => {
    const before = structuredClone(environment.delivery);
    const moved = overrideEnvironment(environment, { vaultAddress: 'https://127.0.0.1:8200' });
    expect(environment.delivery).toEqual(before);
    expect(moved).toEqual({
      ...environment,
      delivery: {
        ...environment.delivery,
        vault: { ...environment.delivery.vault, address: 'https://127.0.0.1:8200' },
      },
    });
    expect(moved.catalog).toBe(environment.catalog);
  });

  it.each(['/var/log/vault', '/var/log/vault/'])(
    'moves the files of audit devices to %s, and leaves stdout',
    (folder) => {
      const { audit } = overrideEnvironment(environment, { auditDirectory: folder }).delivery.vault;
      expect(audit).toEqual([
        { name: 'file', filePath: '/var/log/vault/audit.log' },
        { name: 'stdout', filePath: 'stdout' },
      ]);
    },
  );

  it('fails where the result is not usable', () => {
    expect(() => overrideEnvironment(environment, { vaultAddress: 'http://127.0.0.1:8200' })).toThrow(
      /environments\.test\.delivery\.vault\.address: not an address of a Vault server with TLS/,
    );
  });

  it('fails for an environment without Vault', () => {
    const [local] = environments;
    expect(local?.name).toBe('local');
    expect(() => local && overrideEnvironment(local, { reviewer: 'in-cluster', vaultAddress: 'https://v:1' })).toThrow(
      'environments.local: the environment has no Vault that could be elsewhere, got reviewer, vaultAddress',
    );
  });
});
