import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { makeCertificate } from './certificate';
import { projectRoot } from './documentation';
import { type FakeAnswers, FakeVault } from './fake-vault';

/** A Vault and a kubeconfig to which stack configuration points a stack. */
export interface StackPlace {
  readonly vault: FakeVault;
  /** PEM certificate of both, Vault and the cluster. */
  readonly certificate: string;
  /** Where it is. */
  readonly certificateFile: string;
  readonly kubeconfig: string;
  /** What the program finds in its environment. */
  readonly variables: NodeJS.ProcessEnv;
  /** The committed configuration of a stack, pointed here, by full key. */
  config(stack: string, more?: Readonly<Record<string, string>>): Record<string, string>;
  remove(): Promise<void>;
}

/** @param answers of Vault @default - one without any mount */
export async function makeStackPlace(answers: FakeAnswers = { 'GET sys/mounts': () => ({}) }): Promise<StackPlace> {
  const pair = await makeCertificate();
  const certificate = `${pair.cert.trim().replaceAll('\r\n', '\n')}\n`;
  const vault = await FakeVault.start(answers, pair);
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-secrets-stack-'));
  const certificateFile = join(folder, 'ca.pem');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(certificateFile, certificate);
  writeFileSync(kubeconfig, kubeconfigOf(certificate));
  return {
    vault,
    certificate,
    certificateFile,
    kubeconfig,
    variables: { VAULT_TOKEN: 'root' },
    config: (stack, more = {}) => ({
      ...committedConfig(stack),
      'nivesh-secrets:vaultAddress': vault.connection.address,
      'nivesh-secrets:vaultCaCertFile': certificateFile,
      'nivesh-secrets:kubeconfig': kubeconfig,
      ...more,
    }),
    remove: async () => {
      rmSync(folder, { recursive: true, force: true });
      await vault.stop();
    },
  };
}

/** `environments/Pulumi.<stack>.yaml`, as Pulumi passes it on: what is no text becomes JSON. */
function committedConfig(stack: string): Record<string, string> {
  const text = readFileSync(join(projectRoot, 'environments', `Pulumi.${stack}.yaml`), 'utf8');
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function kubeconfigOf(certificate: string): string {
  return stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: 'https://127.0.0.1:6443',
          'certificate-authority-data': Buffer.from(certificate).toString('base64'),
        },
      },
    ],
    users: [{ name: 'test', user: {} }],
  });
}
