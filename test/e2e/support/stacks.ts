import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as kubernetes from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { type Platform, resolveTools } from '../../../lib/embedded';
import { openStack, type PulumiStack } from '../../../lib/embedded/pulumi';

/** Options of a resource that goes to the platform. */
export interface Providers {
  readonly onVault: pulumi.CustomResourceOptions;
  readonly onCluster: pulumi.CustomResourceOptions;
}

/** A program for tests. */
export type TestProgram = (providers: Providers) => Record<string, unknown> | undefined;

/** Stacks of test programs, all in one folder, on a platform. */
export class TestStacks {
  readonly folder: string;
  /** Address that providers of Vault get; another one shows what happens where there is none. */
  vaultAddress: string;

  private constructor(
    private readonly platform: Platform,
    readonly engine: string,
    readonly rootToken: string,
  ) {
    this.folder = join(platform.directory, 'pulumi');
    this.vaultAddress = platform.vaultAddress;
  }

  static async on(platform: Platform): Promise<TestStacks> {
    const rootToken = readFileSync(platform.vaultRootTokenPath, 'utf8').trim();
    return new TestStacks(platform, (await resolveTools(['pulumi'])).pulumi.path, rootToken);
  }

  async open(name: string, program: TestProgram, settings: kubernetes.ProviderArgs = {}): Promise<PulumiStack> {
    return await openStack({
      directory: this.folder,
      engine: this.engine,
      projectName: 'providers',
      stackName: name,
      environmentVariables: { VAULT_TOKEN: this.rootToken },
      program: () => Promise.resolve().then(() => program(this.providers(settings))),
    });
  }

  /** Made when they are used: each one is a process. */
  private providers(settings: kubernetes.ProviderArgs): Providers {
    const { kubeconfigPath: kubeconfig, vaultCaCertPath: caCertFile } = this.platform;
    const toVault = { address: this.vaultAddress, caCertFile, skipChildToken: true };
    const toCluster = { kubeconfig, enableServerSideApply: true, ...settings };
    let [onVault, onCluster]: (pulumi.CustomResourceOptions | undefined)[] = [];
    return {
      get onVault() {
        return (onVault ??= { provider: new vault.Provider('vault', toVault) });
      },
      get onCluster() {
        return (onCluster ??= { provider: new kubernetes.Provider('cluster', toCluster) });
      },
    };
  }
}

/** What a stack could leave behind in Vault. */
export async function footprintOf(platform: Platform): Promise<Record<string, readonly string[]>> {
  const names = async (path: string): Promise<string[]> => Object.keys((await platform.vault.read(path)) ?? {}).sort();
  return {
    mounts: await names('sys/mounts'),
    auth: await names('sys/auth'),
    policies: (await platform.vault.list('sys/policies/acl')).sort(),
    audit: await names('sys/audit'),
  };
}

/** Command line of a process; empty where it has ended. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Processes below a process, at any depth, with something in their command lines. */
export function childrenOf(pid: number, command: string): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended.
    }
  }
  const isBelow = (one: number): boolean => {
    const parent = parents.get(one);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter((one) => isBelow(one) && commandOf(one).includes(command));
}
