import { usageError } from '../cli/errors';
import { componentsFor } from './components';
import type { Component, ComponentContext, ComponentName } from './components/component';
import { loopback } from './ports';
import { isRunning } from './process-identity';
import type { PlatformState } from './state';

/** One component as `platform status` shows it. */
export interface ComponentStatus {
  readonly component: ComponentName;
  /** Version of the binary; nothing before its first start. */
  readonly version?: string;
  /** Its process, if it runs. */
  readonly pid?: number;
  readonly address: string;
  /** Whether it runs and does its work. */
  readonly ready: boolean;
}

/** State of every component, asked now. */
export async function componentStatuses(context: ComponentContext, state: PlatformState): Promise<ComponentStatus[]> {
  return await Promise.all(
    componentsFor(state.options).map(async (component) => {
      const record = state.processes[component.name];
      const alive = record !== undefined && isRunning(record);
      return {
        component: component.name,
        ...(record === undefined ? {} : { version: record.version }),
        ...(alive ? { pid: record.pid } : {}),
        address: addressOf(component, context),
        ready: alive && (await component.isReady(context).catch(() => false)),
      };
    }),
  );
}

/** Where a component listens. */
export function addressOf(component: Component, context: ComponentContext): string {
  return (
    component.address?.(context) ??
    `${component.scheme ?? 'https'}://${loopback}:${context.port(component.ports[0] ?? component.name)}`
  );
}

/**
 * A component by its name.
 * @throws CliError that lists the names there are
 */
export function findComponent(components: readonly Component[], wanted: string): Component {
  const found = components.find(({ name }) => name === wanted);
  if (!found) {
    const allowed = components.map(({ name }) => name).join(', ');
    throw usageError(`the platform has no component "${wanted}", allowed: ${allowed}`, 'correct the name');
  }
  return found;
}
