import { componentsFor } from './components';
import { contextOf } from './context';
import { writeIdentities } from './identities';
import { Layout } from './layout';
import { withLock } from './lock';
import { type AskedOptions, chooseOptions, reasonsToStartAnew, runsAtAll } from './options';
import { ensurePki } from './pki';
import { explainLayout, podsLayout } from './pods/layout';
import { checkPodRequirements } from './pods/requirements';
import { Platform } from './platform';
import { checkRequestedPorts, choosePorts } from './ports';
import { type Reporter, silentReporter } from './reporter';
import { type PlatformState, readState, writeState } from './state';
import { stopLeftovers } from './stop';
import { Supervisor } from './supervisor';
import { beforeTermination } from './termination';
import { resolveTools, type ResolvedTool } from './toolchain';

/** See {@link startPlatform}. */
export interface PlatformOptions {
  /** Folder for everything that the platform keeps. @default '.embedded' in the working directory */
  readonly directory?: string;
  /**
   * Whether the components survive this process. Otherwise they are stopped when it ends.
   * @default false
   */
  readonly detached?: boolean;
  /**
   * Whether External Secrets Operator keeps its Vault tokens between refreshes.
   * @default - what the platform has if it runs already, else false
   */
  readonly tokenCache?: boolean;
  /**
   * What makes pods ready: kwok's pretended node, a real one that runs them (root on Linux), or nothing.
   * @default - what the platform has if it runs already, else 'kwok'
   */
  readonly workloads?: PlatformState['options']['workloads'];
  /**
   * Whether the Sealed Secrets controller runs too.
   * @default - what the platform has if it runs already, else false
   */
  readonly sealedSecrets?: boolean;
  /** Loopback ports that somebody insists on. @default - those of the last start, or free ones */
  readonly ports?: { readonly vault?: number; readonly apiServer?: number };
  /** @default - no progress */
  readonly reporter?: Reporter;
}

/**
 * Brings the platform up, or attaches to it where it already runs as asked; then it is not stopped when this process
 * ends. Binaries that are missing are built first, which takes about 25 minutes on a machine that has never done so.
 * @throws CliError with one line that says what failed, the end of the log, and the fix; nothing is left running
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const layout = new Layout(options.directory ?? '.embedded');
  if (options.workloads === 'pods') {
    checkPodRequirements();
  }
  await layout.make();
  const abort = new AbortController();
  const start = new PlatformStart(layout, options, abort.signal);
  const starting = start.run();
  const release = beforeTermination({
    inOrder: async () => {
      abort.abort();
      // A start that was interrupted stops what it has started; one that had ended before is stopped here.
      await starting.then(
        async () => {
          await start.stop();
        },
        () => undefined,
      );
    },
    atOnce: () => {
      start.killAll();
    },
  });
  try {
    await starting;
  } catch (error) {
    release();
    throw error;
  }
  const mustStop = options.detached !== true && start.startedHere;
  if (!mustStop) {
    release();
  }
  return await Platform.of(layout, start.state, mustStop ? release : undefined);
}

/** One attempt to bring a platform up. */
class PlatformStart {
  #state: PlatformState | undefined;
  #supervisor: Supervisor | undefined;
  readonly #asked: AskedOptions;
  readonly #reporter: Reporter;

  constructor(
    private readonly layout: Layout,
    options: PlatformOptions,
    private readonly signal: AbortSignal,
  ) {
    const { tokenCache, workloads, sealedSecrets, ports: { vault, apiServer } = {} } = options;
    this.#asked = {
      options: { tokenCache, workloads, sealedSecrets },
      ports: {
        ...(vault === undefined ? {} : { vault }),
        ...(apiServer === undefined ? {} : { 'kube-apiserver': apiServer }),
      },
    };
    this.#reporter = options.reporter ?? silentReporter;
  }

  /** Whether this process started the components, and so must stop them. */
  get startedHere(): boolean {
    return this.#supervisor !== undefined;
  }

  get state(): PlatformState {
    if (!this.#state) {
      throw new Error('the platform was not started');
    }
    return this.#state;
  }

  async run(): Promise<void> {
    const before = readState(this.layout.stateFile);
    // Before the long builds, and before a running platform is stopped for another one.
    await checkRequestedPorts(this.#asked.ports, Object.values(before?.ports ?? {}));
    await this.resolve(chooseOptions(this.#asked, before));
    const waiting = (pid: number): void => {
      this.#reporter.line(`waiting for process ${pid}, which starts or stops the platform in ${this.layout.root}`);
    };
    await withLock(this.layout.lockFile, { waiting, timeoutMs: 300_000 }, async () => {
      await this.runAlone();
    });
  }

  private async resolve(options: PlatformState['options']): Promise<Readonly<Record<string, ResolvedTool>>> {
    const names = componentsFor(options).map(({ name }) => name);
    return await resolveTools(names, { reporter: this.#reporter, signal: this.signal });
  }

  private async runAlone(): Promise<void> {
    // Another process may have started it, or stopped it, in the meantime.
    const last = readState(this.layout.stateFile);
    const reasons = last && runsAtAll(last) ? reasonsToStartAnew(last, this.#asked) : undefined;
    if (last && reasons?.length === 0) {
      this.#state = last;
      this.#reporter.line(`the platform in ${this.layout.root} is running already`);
      return;
    }
    if (reasons) {
      this.#reporter.line(`starting the platform in ${this.layout.root} anew: ${reasons.join('; ')}`);
    }
    const options = chooseOptions(this.#asked, last);
    const binaries = await this.resolve(options);
    this.explainPods(options);
    await stopLeftovers(this.layout, last, this.#reporter);
    const state = { options, ports: await this.choosePorts(options, last), processes: {} };
    await ensurePki(this.layout);
    await writeIdentities(this.layout, state.ports['kube-apiserver'] ?? 0);
    writeState(this.layout.stateFile, state);
    this.#state = state;
    this.#supervisor = new Supervisor({
      components: componentsFor(state.options),
      context: contextOf(this.layout, state),
      state,
      reporter: this.#reporter,
      signal: this.signal,
    });
    try {
      await this.#supervisor.start(binaries);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  private explainPods({ workloads }: PlatformState['options']): void {
    const note = workloads === 'pods' ? explainLayout(podsLayout(this.layout.root)) : undefined;
    if (note !== undefined) {
      this.#reporter.line(note);
    }
  }

  private async choosePorts(
    options: PlatformState['options'],
    last: PlatformState | undefined,
  ): Promise<Record<string, number>> {
    return await choosePorts({
      names: componentsFor(options).flatMap(({ ports }) => ports),
      requested: this.#asked.ports,
      stored: last?.ports ?? {},
      onMoved: (name, from, to) => {
        this.#reporter.line(`port ${from} of ${name} is no longer free, using ${to}`);
      },
    });
  }

  async stop(): Promise<void> {
    await this.#supervisor?.stop();
  }

  killAll(): void {
    this.#supervisor?.killAll();
  }
}
