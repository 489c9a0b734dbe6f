import * as pulumi from '@pulumi/pulumi';
import { DeclarationError, type Environment, overrideEnvironment, workloadNames } from '../lib/catalog';

import { KubernetesError, readClusterCa } from '../lib/kubernetes/client';
import type { StackSettings } from '../lib/operators/stack-settings';
import { VaultError } from '../lib/vault/client';
import { prepareVault } from '../lib/vault/prepare-vault';
import { tokenReviewerFileVariable } from '../lib/vault/token-reviewer';
import { deployEnvironment } from './deploy-environment';
import { type ClusterEnvironment, isDeliveredInCluster } from './environment-chart';
import { readStackSettings, vaultConnection } from './stack-context';

/** What a stack says about itself; nothing in it is secret. */
export interface StackOutputs {
  readonly environment: string;
  readonly vaultAddress: string;
  readonly secretsMount: string;
  /** Workload to the role that its values are read with, and the Secret that holds them. */
  readonly workloads: Readonly<Record<string, { readonly vaultRole: string; readonly secret: string }>>;
}

/**
 * A Pulumi program. It looks at Vault itself, so it needs the variables that the Vault provider needs.
 * @param variables @default - those of the process; the Automation API gives the engine an environment of its own
 */
export type StackProgram = (variables?: NodeJS.ProcessEnv) => Promise<StackOutputs>;

/**
 * The Pulumi program: one stack an environment. The command line runs it as the export of `stacks/index.ts`, the
 * Automation API as an inline program; it can run several times in one process.
 */
export function environmentProgram(environments: readonly Environment[]): StackProgram {
  return async (variables = process.env) => {
    try {
      return await deployStack(environments, pulumi.getStack(), variables);
    } catch (error) {
      throw inOwnWords(error);
    }
  };
}

async function deployStack(
  environments: readonly Environment[],
  stack: string,
  variables: NodeJS.ProcessEnv,
): Promise<StackOutputs> {
  const declared = selectEnvironment(environments, stack);
  const settings = readStackSettings(stack);
  const environment = await placeEnvironment(declared, settings);
  const prepared = await prepareVault(environment, vaultConnection(environment, settings, variables), {
    adoptMount: settings.adoptMount,
    preview: pulumi.runtime.isDryRun(),
    tokenReviewerFile: variables[tokenReviewerFileVariable],
  });
  deployEnvironment(environment, settings, prepared);
  return describe(environment);
}

function selectEnvironment(environments: readonly Environment[], stack: string): ClusterEnvironment {
  const deployable = environments.filter(isDeliveredInCluster);
  const found = deployable.find(({ name }) => name === stack);
  if (!found) {
    const allowed = deployable.map(({ name }) => name).join(', ');
    const other = environments.find(({ name }) => name === stack);
    const reason = other
      ? `environment "${stack}" is not deployed, its values are delivered by ${other.delivery.type}`
      : `no environment has the name of the stack, got "${stack}"`;
    throw new pulumi.RunError(`${reason}, allowed: ${allowed}; choose one of them with --stack`);
  }
  return found;
}

/**
 * The environment where the stack configuration puts it. Vault needs the cluster's certificate authority to review
 * tokens, unless it finds it in its own pod; the kubeconfig has it.
 */
async function placeEnvironment(declared: ClusterEnvironment, settings: StackSettings): Promise<ClusterEnvironment> {
  const placed = overrideEnvironment(declared, settings.overrides);
  const { reviewer, kubernetesCaCert } = placed.delivery.vault.auth;
  return reviewer === 'in-cluster' || kubernetesCaCert !== undefined
    ? placed
    : overrideEnvironment(placed, { kubernetesCaCert: await clusterCaOf(settings) });
}

/** A program that runs in a pod has no kubeconfig, so the default one may be missing. */
async function clusterCaOf({ kubeconfig, context }: StackSettings): Promise<string | undefined> {
  try {
    return await readClusterCa(kubeconfig, context);
  } catch (error) {
    if (kubeconfig === undefined && context === undefined) {
      return undefined;
    }
    throw error;
  }
}

function describe({ name, catalog, delivery }: ClusterEnvironment): StackOutputs {
  const workloads = Object.keys(catalog.workloads).map((workload) => {
    const { vaultRole, secret } = workloadNames(catalog.name, workload);
    return [workload, { vaultRole, secret }] as const;
  });
  const { address, mount } = delivery.vault;
  return {
    environment: name,
    vaultAddress: address,
    secretsMount: mount,
    workloads: Object.fromEntries(workloads),
  };
}

/** Reasons that a reader can act on are printed alone; a stack trace is for mistakes in the program. */
function inOwnWords(error: unknown): unknown {
  return error instanceof DeclarationError || error instanceof VaultError || error instanceof KubernetesError
    ? new pulumi.RunError(error.message)
    : error;
}
