import { KubernetesClient } from '../kubernetes/client';
import { readKubeconfig } from '../kubernetes/connection';
import type { ComponentContext } from './components/component';
import type { Layout } from './layout';
import type { PlatformState } from './state';

/** What components see of the platform that a state describes. */
export function contextOf(layout: Layout, state: PlatformState): ComponentContext {
  let client: Promise<KubernetesClient> | undefined;
  const connect = async (): Promise<KubernetesClient> => new KubernetesClient(await readKubeconfig(layout.kubeconfig));
  return {
    layout,
    get options() {
      return state.options;
    },
    port: (name) => {
      const port = state.ports[name];
      if (port === undefined) {
        throw new Error(`no port of the name ${name} was chosen`);
      }
      return port;
    },
    pid: (name) => {
      const record = state.processes[name];
      if (!record) {
        throw new Error(`${name} was not started`);
      }
      return record.pid;
    },
    kubernetes: async () => await (client ??= connect()),
  };
}
