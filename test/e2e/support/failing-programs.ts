import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { openPlatform } from '../../../lib/embedded';
import { namespaceWithStore } from './provider-programs';
import { type TestProgram, TestStacks } from './stacks';

/** How one program fails. */
export interface Failing {
  readonly run: 'preview' | 'up';
  readonly program: TestProgram;
  /** @default - that of the platform */
  readonly vaultAddress?: string;
  /** @default 1 */
  readonly attempts?: number;
}

/** The SDK's own classes drop what their types do not have. */
class PlainObject extends pulumi.CustomResource {}

const metadata = { name: 'bad', namespace: 'default' };

/** Programs that must fail, by what is wrong with them. */
export const failingPrograms = {
  'a field that the kind does not have': {
    run: 'preview',
    program: ({ onCluster }) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, datum: { a: 'b' } };
      new PlainObject('kubernetes:core/v1:ConfigMap', 'bad', object, onCluster);
      return undefined;
    },
  },
  'a wait that the stand-in does not know': {
    run: 'preview',
    program: ({ onCluster }) => {
      const annotations = { 'pulumi.com/waitFor': 'jsonpath={.data}' };
      new kubernetes.core.v1.ConfigMap('bad', { metadata: { ...metadata, annotations } }, onCluster);
      return undefined;
    },
  },
  'a chart': {
    run: 'preview',
    program: ({ onCluster }) => {
      new kubernetes.helm.v3.Release('bad', { chart: 'demo' }, onCluster);
      return undefined;
    },
  },
  'a Vault argument that is not carried': {
    run: 'preview',
    program: ({ onVault }) => {
      new vault.Mount('bad', { path: 'bad', type: 'kv', namespace: 'team' }, onVault);
      return undefined;
    },
  },
  'an object that exists': {
    run: 'up',
    program: ({ onCluster }) => {
      new kubernetes.core.v1.Namespace('bad', { metadata: { name: 'default' } }, onCluster);
      return undefined;
    },
  },
  'a mount that exists': {
    run: 'up',
    program: ({ onVault }) => {
      new vault.AuthBackend('bad', { type: 'kubernetes', path: 'existing' }, onVault);
      return undefined;
    },
  },
  'a field that somebody else owns': {
    run: 'up',
    program: ({ onCluster }) => {
      const data = { owned: 'by the program' };
      new kubernetes.core.v1.ConfigMap('bad', { metadata: { name: 'owned', namespace: 'default' }, data }, onCluster);
      return undefined;
    },
  },
  'a Vault that cannot be reached': {
    run: 'up',
    vaultAddress: 'https://127.0.0.1:9',
    program: ({ onVault }) => {
      new vault.Policy('bad', { name: 'bad', policy: 'path "a" {}' }, onVault);
      return undefined;
    },
  },
  'an object that does not become ready': {
    run: 'up',
    attempts: 2,
    program: (providers) => {
      const dependsOn = namespaceWithStore('unready', 'nobody', providers);
      const annotations = { 'pulumi.com/waitFor': 'condition=Ready' };
      const secretStoreRef = { name: 'unready', kind: 'ClusterSecretStore' };
      const spec = { secretStoreRef, target: { name: 'unready' }, dataFrom: [{ extract: { key: 'x' } }] };
      new kubernetes.apiextensions.CustomResource(
        'bad',
        {
          apiVersion: 'external-secrets.io/v1',
          kind: 'ExternalSecret',
          metadata: { name: 'bad', namespace: 'unready', annotations },
          spec,
        },
        { ...providers.onCluster, dependsOn, customTimeouts: { create: '3s', update: '3s' } },
      );
      return undefined;
    },
  },
  'a program that throws': {
    run: 'up',
    program: () => {
      throw new Error('there is no environment x');
    },
  },
} as const satisfies Readonly<Record<string, Failing>>;

/** Runs every program on the platform of a folder, and prints the messages of its failures. */
async function main(directory: string): Promise<void> {
  const platform = await openPlatform(directory);
  const stacks = await TestStacks.on(platform);
  const messages: Record<string, string[]> = {};
  for (const [name, { run, program, ...options }] of Object.entries<Failing>(failingPrograms)) {
    stacks.vaultAddress = options.vaultAddress ?? platform.vaultAddress;
    const stack = await stacks.open('failing', program, {
      enableConfigMapMutable: true,
      upsertExistingObjects: name.includes('owns'),
    });
    const told: string[] = [];
    for (let attempt = 0; attempt < (options.attempts ?? 1); attempt += 1) {
      await stack[run]().catch((error: unknown) => told.push(error instanceof Error ? error.message : 'no error'));
    }
    messages[name] = told;
    if (run === 'up') {
      await stack.destroy();
    }
  }
  await platform.close();
  process.stdout.write(JSON.stringify(messages));
}

if (require.main === module) {
  void main(process.argv[2] ?? '');
}
