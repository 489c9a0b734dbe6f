import { readFileSync, statSync } from 'node:fs';
import { kubeconfigOf, tokenFile, writeIdentities } from '../../lib/embedded/identities';
import { Layout } from '../../lib/embedded/layout';
import { ensurePki } from '../../lib/embedded/pki';
import { readKubeconfig } from '../../lib/kubernetes/connection';
import { temporaryFolder } from './support/temporary';

describe('writeIdentities', () => {
  const folder = temporaryFolder();
  let layout: Layout;

  beforeEach(async () => {
    layout = new Layout(folder());
    await ensurePki(layout);
    await writeIdentities(layout, 20_443);
  });

  function tokens(): Record<string, string> {
    const lines = readFileSync(tokenFile(layout), 'utf8').trim().split('\n');
    return Object.fromEntries(lines.map((line) => [line.split(',')[1] ?? '', line.split(',')[0] ?? '']));
  }

  it('gives every identity a token of its own', () => {
    const lines = readFileSync(tokenFile(layout), 'utf8').replace(/^[0-9a-f]{64},/gm, 'TOKEN,');
    expect(lines).toMatchInlineSnapshot(`
     "TOKEN,embedded-admin,embedded-admin,"system:masters"
     TOKEN,system:kube-controller-manager,system:kube-controller-manager,""
     TOKEN,system:kube-scheduler,system:kube-scheduler,""
     TOKEN,system:node:nivesh,system:node:nivesh,"system:nodes"
     TOKEN,kwok,kwok,"system:masters"
     TOKEN,system:serviceaccount:external-secrets:external-secrets,system:serviceaccount:external-secrets:external-secrets,"system:serviceaccounts,system:serviceaccounts:external-secrets"
     TOKEN,system:serviceaccount:kube-system:sealed-secrets-controller,system:serviceaccount:kube-system:sealed-secrets-controller,"system:serviceaccounts,system:serviceaccounts:kube-system"
     "
    `);
    expect(new Set(Object.values(tokens())).size).toBe(Object.keys(tokens()).length);
  });

  it('writes kubeconfigs that name the API server, its authority and that token, for their owner only', async () => {
    const connection = await readKubeconfig(kubeconfigOf(layout, 'external-secrets'));
    expect(connection).toEqual({
      server: 'https://127.0.0.1:20443',
      caCert: readFileSync(layout.pki('kubernetes-ca.crt'), 'utf8'),
      token: tokens()['system:serviceaccount:external-secrets:external-secrets'],
    });
    const files = [tokenFile(layout), layout.kubeconfig, kubeconfigOf(layout, 'kube-scheduler')];
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  it('keeps the tokens when the port changes', async () => {
    const before = tokens();
    await writeIdentities(layout, 20_444);
    expect(tokens()).toEqual(before);
    expect((await readKubeconfig(layout.kubeconfig)).server).toBe('https://127.0.0.1:20444');
  });
});
