import type { Component, ComponentName } from '../../../lib/embedded/components/component';
import { contextOf } from '../../../lib/embedded/context';
import { Layout } from '../../../lib/embedded/layout';
import { type Reporter, silentReporter } from '../../../lib/embedded/reporter';
import { type PlatformState, writeState } from '../../../lib/embedded/state';
import { Supervisor } from '../../../lib/embedded/supervisor';
import { isReadyIn, programs } from './child';

/** A component that is a tiny Node program. */
export function component(
  name: ComponentName,
  program: keyof typeof programs,
  after: readonly ComponentName[] = [],
  more: Partial<Component> = {},
): Component {
  return {
    name,
    after,
    ports: [name],
    args: () => ['-e', programs[program]],
    isReady: ({ layout }) => Promise.resolve(isReadyIn(layout.file(name))),
    ...more,
  };
}

/** Supervises tiny components in a folder. */
export function supervise(
  folder: string,
  components: readonly Component[],
  more: { reporter?: Reporter; signal?: AbortSignal; readyTimeoutMs?: number } = {},
): { supervisor: Supervisor; state: PlatformState; layout: Layout } {
  const layout = new Layout(folder);
  const state: PlatformState = {
    options: { tokenCache: false, workloads: 'none' },
    ports: Object.fromEntries(components.map(({ name }) => [name, 1])),
    processes: {},
  };
  writeState(layout.stateFile, state);
  const context = contextOf(layout, state);
  return {
    layout,
    state,
    supervisor: new Supervisor({ components, context, state, reporter: silentReporter, ...more }),
  };
}

/** Node as the binary of every component. */
export function nodeFor(components: readonly Component[]): Record<string, { path: string; version: string }> {
  return Object.fromEntries(components.map(({ name }) => [name, { path: process.execPath, version: '1.0.0' }]));
}
