import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  type Deployment,
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type Stack,
} from '@pulumi/pulumi/automation';
import { identify } from './process-identity';
import { failureOf } from './pulumi-failure';
import { installStandIns } from './providers/install';

/** One stack of a program, on this machine alone. */
export interface StackOptions {
  /** Folder of the state, the passphrase and the settings; it is made where it is missing. */
  readonly directory: string;
  /** Path of the `pulumi` binary. */
  readonly engine: string;
  readonly projectName: string;
  readonly stackName: string;
  /** The program; what it returns are the outputs of the stack. */
  readonly program: () => Promise<Record<string, unknown> | undefined>;
  /** Configuration by full key: `nivesh-secrets:environment`. @default - none */
  readonly config?: Readonly<Record<string, string>>;
  /** What engine and providers find in their environment: VAULT_TOKEN goes here, never into the state. @default - none */
  readonly environmentVariables?: Readonly<Record<string, string>>;
  /**
   * Whether `vault` and `kubernetes` resources go through the stand-ins; else through the published plugins on PATH and
   * in PULUMI_HOME, which Pulumi downloads where it can.
   * @default true
   */
  readonly standInProviders?: boolean;
}

/** How one operation runs. */
export interface OperationOptions {
  /** URNs to which it is limited; they may hold wildcards. @default - every resource */
  readonly target?: readonly string[];
  /** Folders of policy packs that judge it before anything changes. @default - none */
  readonly policyPacks?: readonly string[];
  /** Their configurations, a JSON file each. @default - none */
  readonly policyPackConfigs?: readonly string[];
  /** Takes the engine's output as it comes. @default - nobody */
  readonly onOutput?: (text: string) => void;
  /** Cancels it: what has begun is finished and recorded. @default - never */
  readonly signal?: AbortSignal;
}

/** How many resources an operation changed, or would change. */
export interface OperationSummary {
  readonly created: number;
  readonly updated: number;
  readonly replaced: number;
  readonly deleted: number;
  readonly unchanged: number;
}

/** A stack that can be worked on. Every operation throws PulumiError with a short reason when it fails. */
export interface PulumiStack {
  up(options?: OperationOptions): Promise<OperationSummary>;
  preview(options?: OperationOptions): Promise<OperationSummary>;
  /** Reads what is there into the state. */
  refresh(options?: OperationOptions): Promise<OperationSummary>;
  destroy(options?: OperationOptions): Promise<OperationSummary>;
  /** The state as it is on disk, with its secrets encrypted. */
  exportState(): Promise<Deployment>;
}

/**
 * Opens a stack with the real Pulumi engine, through the Automation API with the program in this process
 * (https://www.pulumi.com/docs/iac/using-pulumi/automation-api/). State and secrets stay in the folder.
 * @throws PulumiError when the engine cannot be started
 */
export async function openStack(options: StackOptions): Promise<PulumiStack> {
  const { stackName, projectName, program, config = {} } = options;
  const folders = await prepare(options);
  const stack = await failureOf(`opening the stack ${stackName}`, [], async () => {
    const opened = await LocalWorkspace.createOrSelectStack(
      { stackName, projectName, program: program as () => Promise<Record<string, unknown>> },
      {
        workDir: folders.work,
        envVars: environmentOf(options, folders),
        pulumiCommand: await PulumiCommand.get({ root: options.directory }),
        projectSettings: { name: projectName, runtime: 'nodejs', backend: { url: `file://${folders.state}` } },
      },
    );
    await configure(opened, stackName, config);
    return opened;
  });
  await removeDeadLocks(stack, join(folders.state, '.pulumi', 'locks'));
  return new LocalStack(stack, join(folders.state, '.pulumi', 'stacks', projectName, `${stackName}.json`));
}

interface Folders {
  readonly work: string;
  readonly state: string;
  readonly home: string;
  readonly standIns: string;
  readonly passphrase: string;
}

async function prepare({ directory, engine, projectName, standInProviders = true }: StackOptions): Promise<Folders> {
  const folders: Folders = {
    work: join(directory, 'projects', projectName),
    state: join(directory, 'state'),
    home: join(directory, 'home'),
    standIns: join(directory, 'stand-ins'),
    passphrase: join(directory, 'passphrase'),
  };
  for (const folder of [folders.work, folders.state, folders.home, join(directory, 'bin')]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  // The Automation API takes a root folder whose `bin` holds the binary.
  const link = join(directory, 'bin', 'pulumi');
  await rm(link, { force: true });
  await symlink(engine, link);
  await writePassphrase(folders.passphrase);
  if (standInProviders) {
    await installStandIns(folders.standIns);
  }
  return folders;
}

/** Made once: without it the encrypted values of the state cannot be read again. */
async function writePassphrase(file: string): Promise<void> {
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
}

function environmentOf(options: StackOptions, folders: Folders): Record<string, string> {
  const { environmentVariables = {}, standInProviders = true } = options;
  const path = environmentVariables.PATH ?? process.env.PATH ?? '';
  const variables: Record<string, string | undefined> = {
    ...environmentVariables,
    PULUMI_BACKEND_URL: `file://${folders.state}`,
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PULUMI_CONFIG_PASSPHRASE_FILE: folders.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    ...(standInProviders
      ? {
          PATH: [folders.standIns, path].join(delimiter),
          PULUMI_HOME: folders.home,
          PULUMI_IGNORE_AMBIENT_PLUGINS: undefined,
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
        }
      : {}),
  };
  // Node leaves out what is undefined, also where the user's own environment has it; the type of the SDK does not know.
  return variables as Record<string, string>;
}

/** Replaces the whole configuration of the stack, and keeps the salt that its encryption needs. */
async function configure(stack: Stack, name: string, config: Readonly<Record<string, string>>): Promise<void> {
  const settings = await stack.workspace.stackSettings(name);
  await stack.workspace.saveStackSettings(name, { ...settings, config: { ...config } });
}

/** An engine that was killed leaves its lock behind; one that runs keeps it. */
async function removeDeadLocks(stack: Stack, folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  for (const file of files.filter((name) => name.endsWith('.json') && name.includes(stack.name))) {
    const path = join(folder, file);
    const holder = JSON.parse(await readFile(path, 'utf8')) as { pid: number; hostname: string };
    if (holder.hostname === hostname() && identify(holder.pid) === undefined) {
      await rm(path, { force: true });
    }
  }
}

type Changes = Readonly<Partial<Record<string, number>>>;

class LocalStack implements PulumiStack {
  constructor(
    private readonly stack: Stack,
    private readonly stateFile: string,
  ) {}

  async up(options: OperationOptions = {}): Promise<OperationSummary> {
    return await this.run('up', options, async (common) => (await this.stack.up(common)).summary.resourceChanges ?? {});
  }

  async preview(options: OperationOptions = {}): Promise<OperationSummary> {
    return await this.run('preview', options, async (common) => (await this.stack.preview(common)).changeSummary);
  }

  async refresh(options: OperationOptions = {}): Promise<OperationSummary> {
    const refresh = async (common: CommonOptions): Promise<Changes> =>
      (await this.stack.refresh(common)).summary.resourceChanges ?? {};
    return await this.run('refresh', options, refresh);
  }

  async destroy(options: OperationOptions = {}): Promise<OperationSummary> {
    const destroy = async (common: CommonOptions): Promise<Changes> =>
      (await this.stack.destroy(common)).summary.resourceChanges ?? {};
    return await this.run('destroy', options, destroy);
  }

  async exportState(): Promise<Deployment> {
    // The Automation API would decrypt the secrets.
    const text = await readFile(this.stateFile, 'utf8');
    const { version, checkpoint } = JSON.parse(text) as { version: number; checkpoint: { latest?: object } };
    return { version, deployment: checkpoint.latest ?? {} };
  }

  private async run(
    verb: string,
    { target, policyPacks, policyPackConfigs, onOutput, signal }: OperationOptions,
    operation: (options: CommonOptions) => Promise<Changes>,
  ): Promise<OperationSummary> {
    const events: EngineEvent[] = [];
    const changes = await failureOf(`${verb} of the stack ${this.stack.name}`, events, async () => {
      const onEvent = (event: EngineEvent): void => {
        events.push(event);
      };
      return await operation({
        color: 'never',
        onEvent,
        ...(target ? { target: [...target] } : {}),
        ...(policyPacks ? { policyPacks: [...policyPacks] } : {}),
        ...(policyPackConfigs ? { policyPackConfigs: [...policyPackConfigs] } : {}),
        ...(onOutput ? { onOutput } : {}),
        ...(signal ? { signal } : {}),
      });
    });
    return summaryOf(changes);
  }
}

interface CommonOptions {
  readonly color: 'never';
  readonly onEvent: (event: EngineEvent) => void;
  target?: string[];
  policyPacks?: string[];
  policyPackConfigs?: string[];
  onOutput?: (text: string) => void;
  signal?: AbortSignal;
}

function summaryOf(changes: Changes): OperationSummary {
  const { create = 0, update = 0, replace = 0, same = 0, delete: deleted = 0, import: imported = 0 } = changes;
  return { created: create, updated: update, replaced: replace, deleted, unchanged: same + imported };
}
