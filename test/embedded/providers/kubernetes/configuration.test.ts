import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configureKubernetes } from '../../../../lib/embedded/providers/kubernetes/configuration';

describe('the configuration of the kubernetes provider', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  const kubeconfig = join(folder, 'config');

  beforeAll(() => {
    const cluster = (name: string): object => ({ name, cluster: { server: `https://${name}.test` } });
    const context = (name: string): object => ({ name, context: { cluster: name, user: 'u' } });
    const content = {
      'current-context': 'one',
      clusters: [cluster('one'), cluster('two')],
      contexts: [context('one'), context('two')],
      users: [{ name: 'u', user: {} }],
    };
    writeFileSync(kubeconfig, JSON.stringify(content));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has the defaults of the published plugin', async () => {
    const { client, ...settings } = await configureKubernetes({ kubeconfig, enableServerSideApply: 'true' }, {});
    expect(client.connection.server).toBe('https://one.test');
    expect(settings).toEqual({
      namespace: 'default',
      mutableConfigMaps: false,
      mutableSecrets: false,
      force: false,
      upsert: false,
    });
  });

  it('takes arguments, then the environment', async () => {
    const config = {
      kubeconfig,
      context: 'two',
      namespace: 'n',
      enablePatchForce: 'true',
      enableSecretMutable: 'false',
    };
    const environment = { PULUMI_K8S_ENABLE_SECRET_MUTABLE: 'true', PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE: 'true' };
    const { client, ...settings } = await configureKubernetes(config, environment);
    expect(client.connection.server).toBe('https://two.test');
    expect(settings).toMatchObject({ namespace: 'n', force: true, mutableSecrets: false, mutableConfigMaps: true });
  });

  it.each([
    [{ enableServerSideApply: 'false' }, 'does not carry enableServerSideApply: false; it carries context, '],
    [{ renderYamlToDirectory: '/tmp', cluster: 'c' }, 'does not carry renderYamlToDirectory, cluster; '],
    [{ deleteUnreachable: 'true' }, 'does not carry deleteUnreachable; '],
    [{ kubeconfig: 'apiVersion: v1\nkind: Config\n' }, 'takes kubeconfig as a path, got its content'],
    [{ kubeconfig: '/nowhere/kubeconfig' }, 'the kubeconfig /nowhere/kubeconfig cannot be read'],
  ])('fails on %p', async (config, message) => {
    await expect(configureKubernetes(config, {})).rejects.toThrow(message);
  });

  it('fails on a context that the kubeconfig does not have', async () => {
    await expect(configureKubernetes({ kubeconfig, context: 'three' }, {})).rejects.toThrow(
      'has no usable context "three", it has: one, two',
    );
  });
});
