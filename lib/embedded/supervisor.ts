import { setTimeout as delay } from 'node:timers/promises';
import { type CliError, environmentError } from '../cli/errors';
import type { Component, ComponentContext, ComponentName } from './components/component';
import { makePrivateFolder } from './layout';
import { end, kill, launch, tailOf } from './process';
import { isRunning } from './process-identity';
import type { Reporter } from './reporter';
import { type PlatformState, writeState } from './state';

/** What is started for a component. */
export interface Binary {
  readonly path: string;
  readonly version: string;
}

export interface SupervisorOptions {
  readonly components: readonly Component[];
  readonly context: ComponentContext;
  /** Changed and written as processes come and go. */
  readonly state: PlatformState;
  readonly reporter: Reporter;
  /** Ends the start when it is aborted. */
  readonly signal?: AbortSignal;
  /** How long a component may take until it is ready. @default 60_000 */
  readonly readyTimeoutMs?: number;
}

/** Starts components in the order of their dependencies, as many at once as that allows, and stops them in reverse. */
export class Supervisor {
  constructor(private readonly options: SupervisorOptions) {}

  /**
   * Starts everything.
   * @throws CliError with the reason of the first component that fails; what was started keeps running
   */
  async start(binaries: Readonly<Record<string, Binary>>): Promise<void> {
    const failure = new AbortController();
    const { signal } = this.options;
    const anyFailure = AbortSignal.any([failure.signal, ...(signal ? [signal] : [])]);
    await this.inOrder(
      (component) => component.after,
      async (component) => {
        const binary = binaries[component.name];
        if (binary && !anyFailure.aborted) {
          await this.startOne(component, binary, anyFailure).catch((error: unknown) => {
            failure.abort(error);
          });
        }
      },
    );
    if (failure.signal.aborted) {
      throw failure.signal.reason;
    }
    if (signal?.aborted) {
      throw interrupted();
    }
  }

  /** Stops everything that runs. */
  async stop(): Promise<void> {
    const { components } = this.options;
    await this.inOrder(
      ({ name }) => components.filter(({ after }) => after.includes(name)).map((dependent) => dependent.name),
      async ({ name }) => {
        await this.stopOne(name);
      },
    );
  }

  /** Stops everything at once, without asking: for the moment in which this process itself ends. */
  killAll(): void {
    Object.values(this.options.state.processes).forEach(kill);
  }

  /** Stops one component; the others stay. */
  async stopOne(name: ComponentName): Promise<void> {
    const { state, components, context } = this.options;
    const running = state.processes[name];
    if (running) {
      await end(running);
    }
    await components.find((component) => component.name === name)?.cleanUp?.(context);
  }

  /**
   * Starts one component and waits until it is ready.
   * @throws CliError with the end of its log
   */
  async startOne(component: Component, binary: Binary, signal?: AbortSignal): Promise<void> {
    const { state, context, reporter } = this.options;
    const { name } = component;
    const started = Date.now();
    const folder = context.layout.file(name);
    await makePrivateFolder(folder);
    await component.prepare?.(context);
    if (signal?.aborted) {
      return;
    }
    const program = { command: binary.path, args: component.args(context) };
    const { command, args } = (await component.wrap?.(context, program)) ?? program;
    const identity = await launch({
      binary: command,
      args,
      environment: { HOME: folder, ...component.environment?.(context) },
      logFile: context.layout.log(name),
      folder,
      platform: context.layout.root,
    });
    state.processes[name] = { ...identity, version: binary.version, binary: binary.path };
    writeState(context.layout.stateFile, state);
    await this.waitReady(component, signal);
    reporter.line(`${name} ${binary.version} ready in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }

  private async waitReady(component: Component, signal?: AbortSignal): Promise<void> {
    const { context } = this.options;
    await this.poll(component, 'answer', async () => await (component.answers ?? component.isReady)(context), signal);
    try {
      await component.setUp?.(context);
    } catch (error) {
      this.checkRunning(component);
      throw error;
    }
    await this.poll(component, 'become ready', async () => await component.isReady(context), signal);
  }

  private async poll(
    component: Component,
    what: string,
    isTrue: () => Promise<boolean>,
    signal?: AbortSignal,
  ): Promise<void> {
    const { readyTimeoutMs = 60_000 } = this.options;
    const deadline = Date.now() + readyTimeoutMs;
    for (;;) {
      if (signal?.aborted) {
        throw interrupted();
      }
      this.checkRunning(component);
      // The last question is asked of a process that was still alive before it.
      if (await isTrue()) {
        return;
      }
      if (Date.now() > deadline) {
        throw this.failed(component, `did not ${what} within ${Math.round(readyTimeoutMs / 1000)} s`);
      }
      await delay(50);
    }
  }

  private checkRunning(component: Component): void {
    const identity = this.options.state.processes[component.name];
    if (!identity || !isRunning(identity)) {
      throw this.failed(component, 'ended while it was started');
    }
  }

  private failed({ name }: Component, what: string): CliError {
    const file = this.options.context.layout.log(name);
    const tail = tailOf(file, 10).map((line) => `  ${line.slice(0, 300)}`);
    return environmentError(
      [`${name} ${what}; the end of its log:`, ...(tail.length > 0 ? tail : ['  (nothing)'])].join('\n'),
      `read the whole log in ${file}`,
    );
  }

  /** Runs work for each component once it is done for those that it waits for. */
  private async inOrder(
    waitsFor: (component: Component) => readonly ComponentName[],
    work: (component: Component) => Promise<void>,
  ): Promise<void> {
    const { components } = this.options;
    const done = new Map<ComponentName, Promise<void>>();
    const run = (component: Component): Promise<void> => {
      const known = done.get(component.name);
      if (known) {
        return known;
      }
      const before = components.filter(({ name }) => waitsFor(component).includes(name));
      const result = Promise.all(before.map(run)).then(async () => {
        await work(component);
      });
      done.set(component.name, result);
      return result;
    };
    await Promise.all(components.map(run));
  }
}

function interrupted(): CliError {
  return environmentError('the start was interrupted', 'run it again');
}
