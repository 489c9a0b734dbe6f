import * as pulumi from '@pulumi/pulumi';
import {
  DeclarationError,
  type Environment,
  overrideEnvironment,
  type SealedSecretsDelivery,
  usesExternalSecrets,
  workloadNames,
} from '../catalog';
import { KubernetesClient, KubernetesError, type KubernetesObject } from '../kubernetes/client';
import { readClusterCa, readKubeconfig } from '../kubernetes/connection';
import { requireOwnKeyPair } from '../operators/own-key-pair';
import type { StackSettings } from '../operators/stack-settings';
import { VaultError } from '../vault/client';
import { prepareVault } from '../vault/prepare-vault';
import { tokenReviewerFileVariable } from '../vault/token-reviewer';
import { deployObjects, deployVaultEnvironment } from './deploy-environment';
import {
  type ClusterEnvironment,
  environmentObjects,
  isDeliveredInCluster,
  type VaultEnvironment,
} from '../kubernetes/environment-chart';
import { readStackSettings, vaultConnection } from './stack-context';

/** What a stack says about itself; nothing in it is secret. */
export interface StackOutputs {
  readonly environment: string;
  /** @default - the environment has no Vault */
  readonly vaultAddress?: string;
  /** @default - the environment has no Vault */
  readonly secretsMount?: string;
  /** Workload to the role that its values are read with, where they are in Vault, and the Secret that holds them. */
  readonly workloads: Readonly<Record<string, { readonly vaultRole?: string; readonly secret: string }>>;
}

/**
 * A Pulumi program. It looks at Vault itself, so it needs the variables that the Vault provider needs.
 * @param variables @default - those of the process; the Automation API gives the engine an environment of its own
 */
export type StackProgram = (variables?: NodeJS.ProcessEnv) => Promise<StackOutputs>;

/** The Kubernetes objects of an environment, workloads included. */
export type ObjectsOf = (environment: ClusterEnvironment) => KubernetesObject[];

/**
 * The Pulumi program: one stack an environment. The command line runs it as the export of the project's module
 * (`export = environmentProgram(environments)`), the Automation API as an inline program; it can run several times in one
 * process.
 * @param objectsOf @default - everything but workloads, see `EnvironmentChart`
 */
export function environmentProgram(
  environments: readonly Environment[],
  objectsOf: ObjectsOf = environmentObjects,
): StackProgram {
  return async (variables = process.env) => {
    try {
      return await deployStack(environments, objectsOf, variables);
    } catch (error) {
      throw inOwnWords(error);
    }
  };
}

async function deployStack(
  environments: readonly Environment[],
  objectsOf: ObjectsOf,
  variables: NodeJS.ProcessEnv,
): Promise<StackOutputs> {
  const stack = pulumi.getStack();
  const declared = selectEnvironment(environments, stack);
  const settings = readStackSettings(stack);
  if (!usesExternalSecrets(declared)) {
    return await deploySealedStack(declared, objectsOf, settings);
  }
  const environment = await placeEnvironment(declared, settings);
  const prepared = await prepareVault(environment, vaultConnection(environment, settings, variables), {
    adoptMount: settings.adoptMount,
    preview: pulumi.runtime.isDryRun(),
    tokenReviewerFile: variables[tokenReviewerFileVariable],
  });
  deployVaultEnvironment(environment, objectsOf(environment), settings, prepared);
  return describe(environment);
}

/** Values are in the manifests, sealed, so there is nothing beside the cluster. */
async function deploySealedStack(
  declared: Environment<SealedSecretsDelivery>,
  objectsOf: ObjectsOf,
  settings: StackSettings,
): Promise<StackOutputs> {
  const environment = overrideEnvironment(declared, settings.overrides);
  if (environment.delivery.ownKeyPair) {
    const client = new KubernetesClient(await readKubeconfig(settings.kubeconfig, settings.context));
    try {
      await requireOwnKeyPair(client, environment);
    } finally {
      await client.close();
    }
  }
  deployObjects(environment, objectsOf(environment), settings);
  const { name, catalog } = environment;
  const workloads = Object.keys(catalog.workloads).map(
    (workload) => [workload, { secret: workloadNames(catalog.name, workload).secret }] as const,
  );
  return { environment: name, workloads: Object.fromEntries(workloads) };
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
async function placeEnvironment(declared: VaultEnvironment, settings: StackSettings): Promise<VaultEnvironment> {
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

function describe({ name, catalog, delivery }: VaultEnvironment): StackOutputs {
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

/**
 * Reasons that a reader can act on are printed alone; a stack trace is for mistakes in the program. Pulumi looks at the
 * trace even where it prints the message only, and Node 20 spends many seconds and gigabytes on one that leads through
 * the SDK (`util.inspect` of a frame such as `node_modules/@pulumi/resource.ts`), so there is none.
 */
function inOwnWords(error: unknown): unknown {
  const isReason =
    error instanceof DeclarationError ||
    error instanceof VaultError ||
    error instanceof KubernetesError ||
    pulumi.RunError.isInstance(error);
  if (!isReason) {
    return error;
  }
  const reason = new pulumi.RunError(error.message);
  reason.stack = error.message;
  return reason;
}
