import { VaultAccess, type VaultAccessArgs } from '../../../lib/vault/components';
import { shapedCertificate } from '../../support/certificate';
import { shopEnvironment } from '../../support/environment';
import { recordProgram } from '../../support/pulumi-recorder';

const environment = shopEnvironment({ vault: { auth: { kubernetesCaCert: shapedCertificate } } });

async function access(args: Partial<VaultAccessArgs> = {}) {
  return await recordProgram(() => {
    const made = new VaultAccess('vault', { environment, ...args });
    return [...made.workloads.keys()];
  });
}

describe('VaultAccess', () => {
  it('holds everything in Vault below itself, so that one target selects it', async () => {
    const { resources } = await access();
    const inVault = resources.filter(({ type }) => /^(vault|nivesh):/.test(type));
    expect(inVault).toHaveLength(resources.length - 1);
    // Pulumi takes ** for any text: https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/
    inVault.forEach(({ urn }) => {
      expect(urn).toMatch(/^.*nivesh:vault:.*$/);
    });
    expect(resources.filter(({ type }) => type === 'pulumi:pulumi:Stack')).toHaveLength(1);
  });

  it('has an access for each workload, by its role', async () => {
    const { outputs, resources } = await access();
    expect(outputs).toEqual(['shop-web', 'shop-queue', 'shop-backup']);
    expect(resources.filter(({ type }) => type === 'nivesh:vault:WorkloadAccess').map(({ name }) => name)).toEqual([
      'vault-shop-web',
      'vault-queue',
      'vault-backup',
    ]);
  });

  it('records every change: nothing is made before the audit devices', async () => {
    const { find } = await access();
    const devices = [
      find('vault:index/audit:Audit', 'vault-audit-file'),
      find('vault:index/audit:Audit', 'vault-audit-stdout'),
    ];
    const urns = devices.map(({ urn }) => urn).sort();
    const components = [
      find('nivesh:vault:SecretsEngine', 'vault-secrets'),
      find('nivesh:vault:KubernetesAuth', 'vault-kubernetes'),
      find('nivesh:vault:WorkloadAccess', 'vault-queue'),
    ];
    components.forEach(({ dependencies }) => {
      expect(dependencies).toEqual(urns);
    });
  });

  it('leaves audit devices alone where they belong to somebody else', async () => {
    const { resources } = await access({ manageAudit: false });
    expect(resources.filter(({ type }) => /audit/i.test(type))).toEqual([]);
  });

  it('passes on what is to become of the mount', async () => {
    const { find } = await access({ takeOverMount: true, destroyValues: true });
    const mount = find('vault:index/mount:Mount', 'vault-secrets-mount');
    expect([mount.importId, mount.retainOnDelete]).toEqual(['secret', false]);
  });

  it('holds no value of a secret', async () => {
    const { resources } = await access();
    const inputs = JSON.stringify(resources.map((resource) => resource.inputs));
    // Only names and paths: a field would have to be read to be here.
    expect(inputs).not.toMatch(/"(data|dataJson|token|password)"/);
  });

  it('fails where Vault could not verify the API server', async () => {
    await expect(access({ environment: shopEnvironment() })).rejects.toThrow(
      /environments\.test\.delivery\.vault\.auth\.kubernetesCaCert: Vault cannot verify the API server/,
    );
  });
});
