import { environmentError } from '../cli/errors';
import { componentsFor } from './components';
import type { ComponentName } from './components/component';
import { contextOf } from './context';
import { Layout } from './layout';
import { Platform } from './platform';
import { componentsThatEnded, runsAtAll } from './options';
import { type PlatformState, readState } from './state';
import { type ComponentStatus, componentStatuses, findComponent } from './status';

const bringUp = 'run "nivesh-secrets platform up"';

/**
 * Attaches to a running platform.
 * @throws CliError when there is none, or when not all of it runs
 */
export async function openPlatform(directory: string): Promise<Platform> {
  const layout = new Layout(directory);
  const state = requireState(layout);
  if (!runsAtAll(state)) {
    throw environmentError(`the platform in ${layout.root} is not running`, bringUp);
  }
  const down = componentsThatEnded(state);
  if (down.length > 0) {
    throw environmentError(`the platform in ${layout.root} runs without ${down.join(', ')}`, bringUp);
  }
  return await Platform.of(layout, state);
}

/**
 * State of every component of a platform, running or not.
 * @throws CliError when none was ever started there
 */
export async function platformStatus(directory: string): Promise<ComponentStatus[]> {
  const layout = new Layout(directory);
  const state = requireState(layout);
  return await componentStatuses(contextOf(layout, state), state);
}

/**
 * File with the output of a component since its last start, running or not.
 * @throws CliError when no platform was ever started there, or it has no such component
 */
export function componentLog(
  directory: string,
  component: string,
): { readonly name: ComponentName; readonly file: string } {
  const layout = new Layout(directory);
  const { name } = findComponent(componentsFor(requireState(layout).options), component);
  return { name, file: layout.log(name) };
}

/**
 * Whether a name can only be that of a workload: the platform runs pods and has no component of the name.
 * @throws CliError when no platform was ever started there
 */
export function isWorkload(directory: string, name: string): boolean {
  const { options } = requireState(new Layout(directory));
  return options.workloads === 'pods' && componentsFor(options).every((component) => component.name !== name);
}

function requireState(layout: Layout): PlatformState {
  const state = layout.exists() ? readState(layout.stateFile) : undefined;
  if (!state) {
    throw environmentError(`there is no platform in ${layout.root}`, bringUp);
  }
  return state;
}
