import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { environments } from '../../environments';
import { usesExternalSecrets } from '../../lib/catalog';
import {
  parseStackSettings,
  stackConfigNamespace,
  stackSettingNames,
  type StackSettings,
} from '../../lib/operators/stack-settings';
import { makeCertificate } from '../support/certificate';
import { projectRoot } from '../support/documentation';

/** Files that exist, by absolute path. */
function settings(config: Record<string, string>, files: Record<string, string> = {}): StackSettings {
  return parseStackSettings('staging', config, {
    resolve: (path) => join('/project', path),
    read: (path) => {
      const text = files[path];
      if (text === undefined) {
        throw new Error(`no file ${path}`);
      }
      return text;
    },
  });
}

describe('parseStackSettings', () => {
  it('has a default for everything', () => {
    expect(settings({})).toEqual({
      overrides: {},
      operators: [],
      installedOperators: [],
      existingNamespaces: [],
      manageAudit: true,
      adoptMount: false,
      destroyValues: false,
    });
  });

  it('points a stack at any Vault and cluster', async () => {
    const { cert } = await makeCertificate();
    const files = { '/project/vault.pem': cert, '/project/cluster.pem': cert };
    const config = {
      vaultAddress: 'https://127.0.0.1:8200',
      vaultCaCertFile: 'vault.pem',
      kubeconfig: 'kubeconfig',
      context: 'admin',
      kubernetesHost: 'https://127.0.0.1:6443',
      kubernetesCaCertFile: 'cluster.pem',
      auditDirectory: '/tmp/audit',
      reviewer: 'in-cluster',
      destroyValues: 'true',
      adoptMount: 'true',
      manageAudit: 'false',
    };
    const pem = `${cert.trim().replaceAll('\r\n', '\n')}\n`;
    expect(settings(config, files)).toEqual({
      overrides: {
        vaultAddress: 'https://127.0.0.1:8200',
        vaultCa: { type: 'certificate', pem },
        kubernetesHost: 'https://127.0.0.1:6443',
        kubernetesCaCert: pem,
        reviewer: 'in-cluster',
        auditDirectory: '/tmp/audit',
      },
      vaultCaCertFile: '/project/vault.pem',
      kubeconfig: '/project/kubeconfig',
      context: 'admin',
      operators: [],
      installedOperators: [],
      existingNamespaces: [],
      manageAudit: false,
      adoptMount: true,
      destroyValues: true,
    });
  });

  it.each([
    '["external-secrets","sealed-secrets"]',
    'external-secrets,sealed-secrets',
    ' external-secrets , sealed-secrets ',
  ])('takes the list %j', (text) => {
    expect(settings({ installedOperators: text }).installedOperators).toEqual(['external-secrets', 'sealed-secrets']);
  });

  it('takes the certificates of a file, and leaves a key that lies beside them', async () => {
    const { cert, private: key } = await makeCertificate();
    const { overrides } = settings(
      { vaultCaCertFile: 'pair.pem' },
      { '/project/pair.pem': `${key}\n${cert}\n${cert}` },
    );
    const { pem } = overrides.vaultCa as { pem: string };
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(pem).not.toContain('PRIVATE KEY');
  });

  it('fails with every problem at once, and names the fix', () => {
    const config = {
      vaultAdress: 'https://v:8200',
      vaultAddress: 'http://v:8200',
      vaultCaCertFile: 'missing.pem',
      kubernetesCaCertFile: 'empty.pem',
      reviewer: 'me',
      installedOperators: '["external-secrets","argo"]',
      existingNamespaces: '["Nivesh"]',
      destroyValues: 'yes',
      auditDirectory: 'audit',
    };
    expect(() => settings(config, { '/project/empty.pem': 'nothing' })).toThrow(
      [
        'configuration of stack "staging" has 9 problems',
        '  Pulumi.staging.yaml nivesh-secrets:vaultAdress: no such setting, got "vaultAdress", allowed: vaultAddress, vaultCaCertFile, kubeconfig, context, kubernetesHost, kubernetesCaCertFile, auditDirectory, reviewer, operators, installedOperators, existingNamespaces, manageAudit, adoptMount, destroyValues, fix: remove it: pulumi config rm nivesh-secrets:vaultAdress',
        '  Pulumi.staging.yaml nivesh-secrets:vaultAddress: the value is not usable, got "http://v:8200", allowed: "https://host:port" without a path, fix: write the address of Vault with https://',
        '  Pulumi.staging.yaml nivesh-secrets:reviewer: the value is not usable, got "me", allowed: client-jwt, in-cluster, token-reviewer-jwt, fix: choose who reviews tokens, see docs/vault.md',
        '  Pulumi.staging.yaml nivesh-secrets:installedOperators: the value is not usable, got "[\\"external-secrets\\",\\"argo\\"]", allowed: a list of external-secrets, sealed-secrets, fix: correct the names',
        '  Pulumi.staging.yaml nivesh-secrets:existingNamespaces: the value is not usable, got "[\\"Nivesh\\"]", allowed: a list of names of namespaces, fix: correct the names',
        '  Pulumi.staging.yaml nivesh-secrets:destroyValues: the value is not usable, got "yes", allowed: true or false, fix: write true or false',
        '  Pulumi.staging.yaml nivesh-secrets:auditDirectory: the value is not usable, got "audit", allowed: an absolute folder on the Vault server, fix: name a folder that Vault may write to',
        '  Pulumi.staging.yaml nivesh-secrets:vaultCaCertFile: the file cannot be read, got "/project/missing.pem", allowed: a PEM file with the certificate authority of Vault, fix: name the file; a relative path starts at the folder of Pulumi.yaml',
        '  Pulumi.staging.yaml nivesh-secrets:kubernetesCaCertFile: the file holds no certificate, got "/project/empty.pem", allowed: a PEM file with the certificate authority of the API server, fix: name the file; a relative path starts at the folder of Pulumi.yaml',
      ].join('\n'),
    );
  });

  it('fails for a token, which belongs in the environment, without showing it', () => {
    expect(() => settings({ vaultToken: 'hvs.planted' })).toThrow(/nivesh-secrets:vaultToken: no such setting/);
    expect(() => settings({ vaultToken: 'hvs.planted' })).not.toThrow(/planted/);
  });

  it.each(environments.filter(usesExternalSecrets).map(({ name }) => name))(
    'takes the committed file of %s',
    (name) => {
      const file = join(projectRoot, 'environments', `Pulumi.${name}.yaml`);
      const { config } = parse(readFileSync(file, 'utf8')) as { config: Record<string, unknown> };
      const prefix = `${stackConfigNamespace}:`;
      // As Pulumi passes it on: what is no text becomes JSON.
      const texts = Object.entries(config).map(([key, value]) => {
        expect(key.startsWith(prefix)).toBe(true);
        return [key.slice(prefix.length), typeof value === 'string' ? value : JSON.stringify(value)];
      });
      expect(settings(Object.fromEntries(texts) as Record<string, string>).operators).toEqual(['sealed-secrets']);
    },
  );

  it('is documented, every key and nothing else', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'operators.md'), 'utf8');
    const [, section = ''] = page.split('## Stack configuration');
    const documented = [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual([...stackSettingNames].sort());
  });
});
