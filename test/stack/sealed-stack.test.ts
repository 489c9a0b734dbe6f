import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { manifestId } from '../../lib/operators/manifest-needs';
import { sealedSecretsValues } from '../../lib/operators/sealed-secrets-values';
import { niveshObjects } from '../../stacks/workloads';
import { environmentProgram } from '../../lib/stack';
import { type KeyPair, makeKeyPair } from '../sealing/support';
import { recordProgram } from '../support/pulumi-recorder';
import { niveshEdge, sealNivesh } from '../support/sealed-nivesh';

describe('the stack of an environment with sealed values', () => {
  const root = mkdtempSync(join(tmpdir(), 'sealed-stack-'));
  const before = process.cwd();
  let pair: KeyPair;
  let cluster: Server;
  let keys: string[] = [];

  beforeAll(async () => {
    pair = await makeKeyPair();
    await sealNivesh(root, niveshEdge(pair.certificate));
    // Committed files are found from the folder of the project.
    process.chdir(root);
    cluster = createServer((request, response) => {
      const isKeyList = request.url?.startsWith('/api/v1/namespaces/kube-system/secrets?labelSelector=') === true;
      const items = keys.map((certificate, index) => ({
        metadata: { name: `key-${index}` },
        data: { 'tls.crt': Buffer.from(certificate).toString('base64') },
      }));
      response.writeHead(isKeyList ? 200 : 599, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ items }));
    }).listen(0, '127.0.0.1');
    await once(cluster, 'listening');
    writeFileSync('kubeconfig', kubeconfigOf(`http://127.0.0.1:${(cluster.address() as AddressInfo).port}`));
  });

  afterAll(() => {
    process.chdir(before);
    cluster.close();
    rmSync(root, { recursive: true });
  });

  const deploy = async (config: Record<string, string> = {}, ownKeyPair = false) =>
    await recordProgram(() => environmentProgram([niveshEdge(pair.certificate, ownKeyPair)], niveshObjects)({}), {
      stack: 'edge',
      config: { 'nivesh-secrets:kubeconfig': join(root, 'kubeconfig'), ...config },
    });

  it('installs the controller and applies the very objects that were reviewed, in the order that they need', async () => {
    const { resources, find, outputs } = await deploy();
    const types = new Set(resources.map(({ type }) => type.split(':')[0]));
    expect([...types].sort()).toEqual(['kubernetes', 'nivesh', 'pulumi']);
    const release = find('kubernetes:helm.sh/v3:Release', 'sealed-secrets-release');
    expect(release.inputs).toMatchObject({ values: sealedSecretsValues() });

    const objects = niveshObjects(niveshEdge(pair.certificate));
    const applied = resources.filter(
      ({ type }) => type.startsWith('kubernetes:') && !type.startsWith('kubernetes:helm.sh/'),
    );
    expect(applied).toHaveLength(objects.length);
    for (const object of objects) {
      expect(applied.find(({ name }) => name === manifestId(object))?.inputs).toEqual(object);
    }
    const sealed = applied.find(({ name }) => name === 'SealedSecret/nivesh/nivesh-backend-secret');
    const backend = applied.find(({ name }) => name === 'Deployment/nivesh/nivesh-backend');
    expect(sealed?.dependencies).toContain(release.urn);
    expect(backend?.dependencies).toContain(sealed?.urn);
    expect(outputs.workloads.grafana).toEqual({ secret: 'grafana-secret' });
    expect(outputs).not.toHaveProperty('vaultAddress');
  });

  it('leaves a controller alone that the cluster has', async () => {
    const { resources } = await deploy({ 'nivesh-secrets:installedOperators': 'sealed-secrets' });
    expect(resources.filter(({ type }) => type.includes('helm.sh'))).toEqual([]);
  });

  it('has the controller never make a key pair where ours is in the cluster', async () => {
    keys = ['not a certificate', pair.certificate];
    const { find } = await deploy({}, true);
    const { inputs } = find('kubernetes:helm.sh/v3:Release', 'sealed-secrets-release');
    expect((inputs as { values: { keyrenewperiod: string } }).values.keyrenewperiod).toBe('0');
  });

  it('fails where the cluster does not have our key pair: the controller would make another', async () => {
    keys = [];
    await expect(deploy({}, true)).rejects.toThrow(
      /namespace kube-system does not have the key pair of the certificate, got no key pair, allowed: a Secret of type kubernetes\.io\/tls with certificate [0-9a-f]{16} and label /,
    );
    keys = [(await makeKeyPair()).certificate];
    await expect(deploy({}, true)).rejects.toThrow(/got key pairs of [0-9a-f]{16}, allowed/);
  });

  it('fails for settings about a Vault', async () => {
    await expect(deploy({ 'nivesh-secrets:vaultAddress': 'https://vault:8200' })).rejects.toThrow(
      /the environment has no Vault that could be elsewhere, got vaultAddress/,
    );
  });
});

function kubeconfigOf(server: string): string {
  return stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: {} }],
  });
}
