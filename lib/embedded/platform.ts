import { environmentError } from '../cli/errors';
import type { KubernetesClient } from '../kubernetes/client';
import type { VaultClient } from '../vault/client';
import { componentsFor } from './components';
import type { Component, ComponentContext, ComponentName } from './components/component';
import { vaultClient, vaultFiles } from './components/vault';
import { contextOf } from './context';
import type { Layout } from './layout';
import { podsLayout } from './pods/layout';
import { Pods } from './pods/pods';
import { tailOf } from './process';
import { silentReporter } from './reporter';
import { type PlatformState, writeState } from './state';
import { addressOf, type ComponentStatus, componentStatuses, findComponent } from './status';
import { Supervisor } from './supervisor';

/** A started platform: real components on loopback ports, everything in one folder. */
export class Platform {
  /** Names of the components. */
  readonly components: readonly ComponentName[];
  readonly #components: readonly Component[];
  readonly #supervisor: Supervisor;

  private constructor(
    private readonly layout: Layout,
    private readonly state: PlatformState,
    private readonly context: ComponentContext,
    /** The API server, as administrator. */
    readonly kubernetes: KubernetesClient,
    /** Vault, with its root token. */
    readonly vault: VaultClient,
    private release: (() => void) | undefined,
  ) {
    this.#components = componentsFor(state.options);
    this.components = this.#components.map(({ name }) => name);
    this.#supervisor = new Supervisor({ components: this.#components, context, state, reporter: silentReporter });
  }

  /**
   * The platform that a state describes.
   * @param release ends the duty to stop it when this process ends @default - there is no such duty
   */
  static async of(layout: Layout, state: PlatformState, release?: () => void): Promise<Platform> {
    const context = contextOf(layout, state);
    return new Platform(layout, state, context, await context.kubernetes(), await vaultClient(context), release);
  }

  /** Folder of the platform. */
  get directory(): string {
    return this.layout.root;
  }

  /** Kubeconfig of the administrator, mode 0600. */
  get kubeconfigPath(): string {
    return this.layout.kubeconfig;
  }

  /** `https://127.0.0.1:port`. */
  get apiServerUrl(): string {
    return addressOf(this.find('kube-apiserver'), this.context);
  }

  /** PEM certificate authority of the API server. */
  get apiServerCaPath(): string {
    return this.layout.pki('kubernetes-ca.crt');
  }

  /** `https://127.0.0.1:port`. */
  get vaultAddress(): string {
    return addressOf(this.find('vault'), this.context);
  }

  /** PEM certificate authority of Vault. */
  get vaultCaCertPath(): string {
    return this.layout.pki('vault-ca.crt');
  }

  /** File with Vault's root token, mode 0600. */
  get vaultRootTokenPath(): string {
    return vaultFiles.rootToken(this.layout);
  }

  /**
   * `http://127.0.0.1:port` of the Sealed Secrets controller.
   * @throws CliError where the platform runs none
   */
  get sealedSecretsAddress(): string {
    return addressOf(this.find('sealed-secrets-controller'), this.context);
  }

  /** Existing folder to which Vault's audit devices may write. The platform itself enables none. */
  get vaultAuditFolder(): string {
    return this.layout.vaultAuditFolder;
  }

  /** JSON lines: who touched secrets, tokens and access rights of the API server. */
  get kubernetesAuditLogPath(): string {
    return this.layout.kubernetesAuditLog;
  }

  /**
   * The real pods.
   * @throws CliError when the platform was started without them
   */
  get pods(): Pods {
    if (this.state.options.workloads !== 'pods') {
      throw environmentError('this platform runs no pods', 'start it with "nivesh-secrets platform up --pods"');
    }
    return new Pods(podsLayout(this.layout.root), this.kubernetes);
  }

  /** Whether External Secrets Operator keeps its Vault tokens. */
  get tokenCache(): boolean {
    return this.state.options.tokenCache;
  }

  /** State of every component, asked now. */
  async status(): Promise<ComponentStatus[]> {
    return await componentStatuses(this.context, this.state);
  }

  /** File with the output of a component since its last start; that of the run before is beside it, as `.previous`. */
  logPath(component: ComponentName): string {
    return this.layout.log(this.find(component).name);
  }

  /** The last lines of a component's output. */
  logs(component: ComponentName, lines = 100): string[] {
    return tailOf(this.logPath(component), lines);
  }

  /**
   * Stops one component and starts it again, with its data. Vault is unsealed again.
   * @param options `tokenCache` changes that option of External Secrets Operator
   * @throws CliError with the end of its log when it does not become ready
   */
  async restart(component: ComponentName, options: { readonly tokenCache?: boolean } = {}): Promise<void> {
    const known = this.state.processes[component];
    if (!known) {
      throw environmentError(`${component} was never started here`, 'run "nivesh-secrets platform up"');
    }
    if (options.tokenCache !== undefined) {
      this.state.options = { ...this.state.options, tokenCache: options.tokenCache };
      writeState(this.layout.stateFile, this.state);
    }
    await this.stopComponent(component);
    await this.#supervisor.startOne(this.find(component), { path: known.binary, version: known.version });
  }

  /** Stops one component, as an outage would; {@link restart} brings it back. */
  async stopComponent(component: ComponentName): Promise<void> {
    await this.#supervisor.stopOne(this.find(component).name);
  }

  /** Stops every process of the platform, the last started first. Its data stays. */
  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.detach();
    await this.close();
  }

  /** Whether the platform is stopped when this process ends: this process started it, and has not detached it. */
  get attached(): boolean {
    return this.release !== undefined;
  }

  /** Lets the components survive this process. */
  detach(): void {
    this.release?.();
    this.release = undefined;
  }

  /** Lets go of the connections; the platform runs on. */
  async close(): Promise<void> {
    await Promise.all([this.kubernetes.close(), this.vault.close()]);
  }

  private find(component: ComponentName): Component {
    return findComponent(this.#components, component);
  }
}
