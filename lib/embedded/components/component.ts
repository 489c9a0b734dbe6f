import type { KubernetesClient } from '../../kubernetes/client';
import type { Layout } from '../layout';
import type { PlatformState } from '../state';
import type { ToolName } from '../toolchain';

/** Parts of the platform, each a process. */
export type ComponentName =
  | 'containerd'
  | 'etcd'
  | 'external-secrets'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kwok'
  | 'sealed-secrets-controller'
  | 'vault';

/** A program and its arguments. */
export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
}

/** What a component knows about the platform that it is part of. */
export interface ComponentContext {
  readonly layout: Layout;
  readonly options: PlatformState['options'];
  /**
   * A port of {@link Component.ports}.
   * @throws Error for a name that no component declares
   */
  readonly port: (name: string) => number;
  /**
   * Process of a component that was started.
   * @throws Error when it was not
   */
  readonly pid: (name: ComponentName) => number;
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
  /** Scheme of its address. @default 'https' */
  readonly scheme?: 'http' | 'https';
  /** Where it is reached, if not by a port. */
  address?(context: ComponentContext): string;
  /** Writes what it reads when it starts. Its own folder exists. */
  prepare?(context: ComponentContext): Promise<void>;
  /** Arguments, which every user of the machine can read: no secrets. */
  args(context: ComponentContext): readonly string[];
  /** What runs instead, so that it runs in a namespace of its own, for example. The process stays the same one. */
  wrap?(context: ComponentContext, program: Invocation): Promise<Invocation>;
  /** Variables besides PATH. @default - none */
  environment?(context: ComponentContext): Readonly<Record<string, string>>;
  /** Whether it answers, so that it can be set up. @default - {@link isReady} */
  answers?(context: ComponentContext): Promise<boolean>;
  /** What must be done once it answers. */
  setUp?(context: ComponentContext): Promise<void>;
  /** Whether it does its work. */
  isReady(context: ComponentContext): Promise<boolean>;
  /** Removes what it leaves on the machine. Its process has ended, or never ran. */
  cleanUp?(context: ComponentContext): Promise<void>;
}
