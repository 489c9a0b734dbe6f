import { componentsFor } from './components';
import type { ComponentName } from './components/component';
import { isRunning } from './process-identity';
import type { PlatformState } from './state';

type Options = PlatformState['options'];

/** What somebody asks of a platform. */
export interface AskedOptions {
  /** What is left out stays as it is while the platform runs. @default - see {@link chooseOptions} */
  readonly options: { readonly [Name in keyof Options]?: Options[Name] | undefined };
  /** Ports that somebody insists on, by name. */
  readonly ports: Readonly<Record<string, number>>;
}

const defaults: Required<Options> = { tokenCache: false, workloads: 'kwok', sealedSecrets: false };

/** What a platform is to run with: what is asked, else what it runs with now, else the defaults. */
export function chooseOptions({ options }: AskedOptions, last: PlatformState | undefined): Required<Options> {
  const now = last && runsAtAll(last) ? last.options : undefined;
  return {
    tokenCache: options.tokenCache ?? now?.tokenCache ?? defaults.tokenCache,
    workloads: options.workloads ?? now?.workloads ?? defaults.workloads,
    sealedSecrets: options.sealedSecrets ?? now?.sealedSecrets ?? defaults.sealedSecrets,
  };
}

/** Whether any process of a platform runs. */
export function runsAtAll(state: PlatformState): boolean {
  return Object.values(state.processes).some(isRunning);
}

/** Components that should run and do not. */
export function componentsThatEnded({ options, processes }: PlatformState): ComponentName[] {
  return componentsFor(options)
    .map(({ name }) => name)
    .filter((name) => {
      const record = processes[name];
      return record === undefined || !isRunning(record);
    });
}

const nodeIn: Readonly<Record<Options['workloads'], string>> = {
  kwok: 'with pods that kwok pretends',
  pods: 'with real pods',
  none: 'without a node',
};

/** Why a platform cannot stay as it is, a phrase each; none when it runs as asked. */
export function reasonsToStartAnew(state: PlatformState, asked: AskedOptions): string[] {
  const { options, ports } = state;
  const wanted = chooseOptions(asked, state);
  const down = componentsThatEnded(state);
  return [
    ...(options.workloads === wanted.workloads ? [] : [nodeIn[wanted.workloads]]),
    ...((options.sealedSecrets ?? false) === wanted.sealedSecrets
      ? []
      : [`${wanted.sealedSecrets ? 'with' : 'without'} the Sealed Secrets controller`]),
    ...(options.tokenCache === wanted.tokenCache ? [] : [`${wanted.tokenCache ? 'with' : 'without'} the token cache`]),
    ...Object.entries(asked.ports)
      .filter(([name, port]) => ports[name] !== port)
      .map(([name, port]) => `with ${name} on port ${port}`),
    ...(down.length === 0 ? [] : [`with ${down.join(', ')}, which ended`]),
  ];
}
