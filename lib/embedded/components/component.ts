import type { KubernetesClient } from '../../kubernetes/client';
import type { Layout } from '../layout';
import type { PlatformState } from '../state';
import type { ToolName } from '../toolchain';

/** Parts of the platform, each a process. */
export type ComponentName =
  'etcd' | 'external-secrets' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok' | 'vault';

/** What a component knows about the platform that it is part of. */
export interface ComponentContext {
  readonly layout: Layout;
  readonly options: PlatformState['options'];
  /**
   * A port of {@link Component.ports}.
   * @throws Error for a name that no component declares
   */
  readonly port: (name: string) => number;
  /** The API server as its administrator. */
  readonly kubernetes: () => Promise<KubernetesClient>;
}

/** One process: how it is prepared, started, known to be ready, and set up. */
export interface Component {
  /** Also the name of its binary. */
  readonly name: ComponentName & ToolName;
  /** Components that must be ready first, and are stopped after this one. */
  readonly after: readonly ComponentName[];
  /** Names of the loopback ports that it listens on; the first one is its address. */
  readonly ports: readonly string[];
  /** Scheme of its address. */
  readonly scheme: 'http' | 'https';
  /** Writes what it reads when it starts. Its own folder exists. */
  prepare?(context: ComponentContext): Promise<void>;
  /** Arguments, which every user of the machine can read: no secrets. */
  args(context: ComponentContext): readonly string[];
  /** Variables besides PATH. @default - none */
  environment?(context: ComponentContext): Readonly<Record<string, string>>;
  /** Whether it answers, so that it can be set up. @default - {@link isReady} */
  answers?(context: ComponentContext): Promise<boolean>;
  /** What must be done once it answers. */
  setUp?(context: ComponentContext): Promise<void>;
  /** Whether it does its work. */
  isReady(context: ComponentContext): Promise<boolean>;
}
