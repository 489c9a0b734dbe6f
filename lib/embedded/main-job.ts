import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { countServedRequests, type ServedRequests } from '../audit/served-requests';
import { type Environment, type ExternalSecretsDelivery, workloadNames } from '../catalog';
import { checkDelivery, explainDelivery, isDelivered, type WorkloadDelivery } from '../check/delivery';
import { environmentError } from '../cli/errors';
import { standInValue } from '../values/stand-in';
import { KvEngine } from '../vault/kv';
import { seed } from '../vault/seed';
import { componentsFor } from './components';
import type { Platform } from './platform';
import { PulumiError } from './pulumi-failure';
import { openStack, type PulumiStack } from './pulumi';
import { consoleReporter, type Reporter } from './reporter';
import { startPlatform } from './start';
import { resolveTools } from './toolchain';

export { PulumiError };

/** A Pulumi program, as `stacks/index` exports it. */
export type PulumiProgram = () => Promise<Record<string, unknown> | undefined>;

/** What one workload got. */
export interface DeliveredWorkload {
  readonly workload: string;
  readonly variables: readonly string[];
  readonly policy: string;
  readonly role: string;
  /** Requests that Vault answered to the role during the run. */
  readonly requests: ServedRequests | undefined;
}

/** See {@link deliver}. */
export interface DeliverOptions {
  readonly platform: Platform;
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly program: PulumiProgram;
  readonly reporter: Reporter;
}

/** What {@link deliver} did. */
export interface DeliverResult {
  readonly workloads: readonly DeliveredWorkload[];
  /** Seconds of each part, in order. */
  readonly timings: Readonly<Record<string, number>>;
}

/** See {@link withPlatform}. */
export interface WithPlatformOptions {
  readonly directory: string;
  /** @default - as it is, see `PlatformOptions` */
  readonly tokenCache?: boolean;
  /** Whether the platform runs on after success. */
  readonly keepRunning: boolean;
}

/**
 * Works on a platform, which is started where it does not run. A failure stops what was started here.
 * Progress goes to standard error.
 */
export async function withPlatform<T>(
  { keepRunning, ...options }: WithPlatformOptions,
  work: (platform: Platform, reporter: Reporter) => Promise<T>,
): Promise<T> {
  const reporter = consoleReporter();
  // Everything that must be built is built before anything runs.
  await resolveTools([...componentsFor({ tokenCache: false, workloads: 'kwok' }).map(({ name }) => name), 'pulumi'], {
    reporter,
  });
  const platform = await startPlatform({ ...options, reporter });
  let failed = true;
  try {
    const result = await work(platform, reporter);
    failed = false;
    return result;
  } finally {
    if (keepRunning && !failed) {
      platform.detach();
      await platform.close();
    } else if (platform.attached || !keepRunning) {
      await platform.stop();
    } else {
      await platform.close();
    }
  }
}

/** How long the operator may take after everything is applied. */
const deliveryTimeoutMs = 120_000;

/** Wildcard that selects Vault's resources by the type tokens in their URNs. */
export const vaultAccessTarget = '**nivesh:vault:**';

/**
 * The main job on a started platform, as README tells it for any Vault and cluster: Vault access, first values,
 * delivery, and proof. It can be repeated.
 * @throws CliError that names what is not delivered and why
 */
export async function deliver(options: DeliverOptions): Promise<DeliverResult> {
  const { platform, environment, reporter } = options;
  const timings: Record<string, number> = {};
  const timed = async <T>(part: string, work: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    const task = reporter.task(part);
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - since) / 1000;
      timings[part] = Math.round(seconds * 100) / 100;
      task.end(`${part}: ${seconds.toFixed(1)} s`);
    }
  };
  const kv = new KvEngine(platform.vault, environment.delivery.vault.mount);
  const auditLog = auditLogOf(platform, environment);
  const since = auditLog === undefined ? 0 : await sizeOf(auditLog);
  const stack = await openPlatformStack(platform, environment.name, options.program);
  await timed('Vault access (pulumi up, Vault only)', async () => {
    await stack.up({ target: [vaultAccessTarget] });
  });
  await timed('first values (seed)', async () => {
    await seed(environment.catalog, kv, { standIn: standInValue });
  });
  await timed('manifests (pulumi up)', async () => {
    try {
      await stack.up();
    } catch (error) {
      throw explained(error, await checkDelivery(environment, platform.kubernetes, kv), environment.name);
    }
  });
  const deliveries = await timed('delivery checked', async () => await awaitDelivery(environment, platform, kv));
  const requests =
    auditLog === undefined ? new Map<string, ServedRequests>() : await countServedRequests(auditLog, since);
  return { workloads: describeWorkloads(environment, deliveries, requests), timings };
}

/** Pulumi says which object is not ready; the catalog and Vault say why. */
function explained(error: unknown, deliveries: readonly WorkloadDelivery[], environmentName: string): unknown {
  const sentences = deliveries
    .filter(({ missingFields }) => missingFields.length > 0)
    .flatMap((delivery) => explainDelivery(delivery, environmentName));
  return error instanceof PulumiError && sentences.length > 0
    ? environmentError(inLines(error.message, sentences))
    : error;
}

function inLines(title: string, sentences: readonly string[]): string {
  return [title, ...sentences.map((sentence) => `  ${sentence}`)].join('\n');
}

/** The project's stack for one environment, pointed at the platform by configuration alone. */
export async function openPlatformStack(
  platform: Platform,
  environmentName: string,
  program: PulumiProgram,
): Promise<PulumiStack> {
  const { pulumi } = await resolveTools(['pulumi']);
  const token = (await readFile(platform.vaultRootTokenPath, 'utf8')).trim();
  return await openStack({
    directory: join(platform.directory, 'pulumi'),
    engine: pulumi.path,
    projectName: 'nivesh-secrets',
    stackName: environmentName,
    program: async () => await withVaultToken(token, program),
    config: stackConfigOf(platform),
    environmentVariables: { VAULT_TOKEN: token },
  });
}

/** The program runs in this process and finds its token where it would under `pulumi up`. */
async function withVaultToken<T>(token: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.VAULT_TOKEN;
  process.env.VAULT_TOKEN = token;
  try {
    return await work();
  } finally {
    if (before === undefined) {
      delete process.env.VAULT_TOKEN;
    } else {
      process.env.VAULT_TOKEN = before;
    }
  }
}

/** What a user would write to the stack's configuration to point it at the platform. */
export function stackConfigOf(platform: Platform): Record<string, string> {
  const config: Record<string, string> = {
    vaultAddress: platform.vaultAddress,
    vaultCaCertFile: platform.vaultCaCertPath,
    kubeconfig: platform.kubeconfigPath,
    kubernetesHost: platform.apiServerUrl,
    kubernetesCaCertFile: platform.apiServerCaPath,
    auditDirectory: platform.vaultAuditFolder,
    installedOperators: JSON.stringify(['external-secrets', 'sealed-secrets']),
  };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [`nivesh-secrets:${key}`, value]));
}

/**
 * Waits until every workload has exactly its variables.
 * @throws CliError with what is missing, by the name of the field
 */
async function awaitDelivery(
  environment: Environment<ExternalSecretsDelivery>,
  platform: Platform,
  kv: KvEngine,
): Promise<WorkloadDelivery[]> {
  const deadline = Date.now() + deliveryTimeoutMs;
  for (;;) {
    const deliveries = await checkDelivery(environment, platform.kubernetes, kv);
    if (deliveries.every(isDelivered)) {
      return deliveries;
    }
    // A field that Vault lacks does not come by waiting.
    const hopeless = deliveries.some(({ missingFields }) => missingFields.length > 0);
    if (hopeless || Date.now() > deadline) {
      const sentences = deliveries.flatMap((delivery) => explainDelivery(delivery, environment.name));
      throw environmentError(inLines('not everything is delivered', sentences));
    }
    await delay(200);
  }
}

/** The audit log that the environment's Vault writes to a file on the platform. */
function auditLogOf(platform: Platform, { delivery }: Environment<ExternalSecretsDelivery>): string | undefined {
  const device = delivery.vault.audit.find(({ filePath }) => filePath !== 'stdout');
  return device && join(platform.vaultAuditFolder, basename(device.filePath));
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

function describeWorkloads(
  { catalog }: Environment<ExternalSecretsDelivery>,
  deliveries: readonly WorkloadDelivery[],
  requests: ReadonlyMap<string, ServedRequests>,
): DeliveredWorkload[] {
  return deliveries.map(({ workload, variables }) => {
    const { vaultPolicy, vaultRole } = workloadNames(catalog.name, workload);
    return { workload, variables, policy: vaultPolicy, role: vaultRole, requests: requests.get(vaultRole) };
  });
}
