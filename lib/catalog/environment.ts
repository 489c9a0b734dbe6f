import type { Catalog } from './catalog';
import { checkEnvironment } from './check-environment';
import type { EnvironmentValue } from './derived-value';
import type { Duration } from './duration';
import type { Field } from './field';
import type { HostMap } from './render';
import { type RotationSchedule, type RotationScheduleOptions, withRotator } from './rotation-schedule';

/** Where External Secrets Operator and Vault meet. */
export interface VaultSettings {
  /** Address of the API, `https://host:port`. */
  readonly address: string;
  /** How clients verify Vault's certificate. */
  readonly ca: VaultCa;
  /** Mount of the KV version 2 engine. @default 'secret' */
  readonly mount: string;
  /** Versions that Vault keeps of each secret. @default 20 */
  readonly maxVersions: number;
  readonly auth: KubernetesAuthSettings;
  /** Where Vault writes its audit log: two devices or more, so that a blocked one does not stop Vault. */
  readonly audit: readonly AuditDeviceSettings[];
}

/** The certificate authority of Vault's certificate. */
export type VaultCa =
  /** A ConfigMap that exists in the cluster, for example one that trust-manager keeps. */
  | { readonly type: 'configMap'; readonly name: string; readonly key: string; readonly namespace: string }
  /** A PEM certificate (public), from which the ConfigMap is made. */
  | { readonly type: 'certificate'; readonly pem: string }
  /** A certificate authority that the operator's image trusts already. */
  | { readonly type: 'system' };

/**
 * Who asks the API server whether a workload's token is valid (https://developer.hashicorp.com/vault/docs/auth/kubernetes).
 * - `client-jwt`: the token itself; nothing secret is stored, each service account gets `system:auth-delegator`.
 * - `in-cluster`: Vault's own service account, where Vault runs in the cluster.
 * - `token-reviewer-jwt`: a long-lived token that is written to Vault out of band.
 */
export type TokenReviewer = 'client-jwt' | 'in-cluster' | 'token-reviewer-jwt';

/** Vault's Kubernetes auth method. */
export interface KubernetesAuthSettings {
  /** @default 'kubernetes' */
  readonly mount: string;
  /** @default 'client-jwt' */
  readonly reviewer: TokenReviewer;
  /** API server as Vault reaches it. @default 'https://kubernetes.default.svc' */
  readonly kubernetesHost: string;
  /** PEM certificate authority of the API server (public). @default - the one that Vault finds in its own pod */
  readonly kubernetesCaCert?: string;
  /** Audience that workload tokens are made for and roles insist on. @default 'vault' */
  readonly audience: string;
  /** Audience of the API server, which `client-jwt` tokens need too. @default 'https://kubernetes.default.svc' */
  readonly apiServerAudience: string;
  /** Life of a Vault token, 10 to 20 minutes. @default '15m' */
  readonly tokenTtl: Duration;
}

/** A file audit device; `stdout` writes to the server's standard output. */
export interface AuditDeviceSettings {
  /** Name of the device, its path under `sys/audit/`. */
  readonly name: string;
  /** Absolute path on the Vault server, or `stdout`. */
  readonly filePath: string;
}

/** The installed External Secrets Operator. */
export interface OperatorSettings {
  /** @default 'external-secrets' */
  readonly namespace: string;
  /** @default 'external-secrets' */
  readonly serviceAccount: string;
}

/** Values come from Vault through External Secrets Operator. */
export interface ExternalSecretsDelivery {
  readonly type: 'externalSecrets';
  readonly vault: VaultSettings;
  /** How often the operator reads Vault again. @default '1h' */
  readonly refreshInterval: Duration;
  /** One cluster-wide store a workload, limited to its namespace, or one in the namespace. @default 'ClusterSecretStore' */
  readonly storeKind: 'ClusterSecretStore' | 'SecretStore';
  readonly operator: OperatorSettings;
}

/** Who can open a sealed value: one Secret, its namespace, or any namespace. */
export type SealingScope = 'strict' | 'namespace-wide' | 'cluster-wide';

/** Values are sealed into the repository and opened by the Sealed Secrets controller. */
export interface SealedSecretsDelivery {
  readonly type: 'sealedSecrets';
  /** PEM certificate of the controller, or several while it renews. */
  readonly certificate: string;
  /** @default 'strict' */
  readonly scope: SealingScope;
  /**
   * Whether the key pair is made by us and put into the cluster before the controller, so that values can be sealed before
   * there is a cluster, and open in every cluster that has the pair.
   * @default false
   */
  readonly ownKeyPair: boolean;
  /**
   * How often the controller makes itself another key pair. What it had before still opens.
   * @default '30d', 'never' with a key pair of our own
   */
  readonly keyRenewal: Duration | 'never';
}

/** Programs that read `.env` files, with quoting rules of their own: Docker Compose, and the npm package `dotenv`. */
export type DotenvReader = 'compose' | 'dotenv';

/** A `.env` file and the workloads or variables that it serves. */
export interface DotenvFile {
  /** Path from the project's root. */
  readonly path: string;
  /** The committed file that it starts from. @default - an empty file */
  readonly example?: string;
  /** Workloads whose variables it holds. @default - none */
  readonly workloads?: readonly string[];
  /** More variables, as in a workload's `env`. @default - none */
  readonly env?: Readonly<Record<string, EnvironmentValue>>;
  /** Who reads it: a value is written only in a form that is the same value to each of them. @default - both */
  readonly readers?: readonly DotenvReader[];
}

/** Values are in git-ignored `.env` files of a laptop. */
export interface DotenvDelivery {
  readonly type: 'dotenv';
  readonly files: readonly DotenvFile[];
}

/** Values are GitHub Actions secrets of a repository, or of one of its deployment environments. */
export interface GithubActionsDelivery {
  readonly type: 'githubActions';
  /** `owner/name`. */
  readonly repository: string;
  /**
   * Deployment environment of the repository, so that only jobs with `environment: <name>` read the secrets, after its
   * protection rules (https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments).
   * @default - the repository: every job can read them
   */
  readonly environment?: string;
  /** Secret name to its declaration. */
  readonly secrets: Readonly<Record<string, Field>>;
}

export type Delivery = ExternalSecretsDelivery | SealedSecretsDelivery | DotenvDelivery | GithubActionsDelivery;

/** How one catalog's values reach one place. */
export interface Environment<D extends Delivery = Delivery> {
  readonly name: string;
  readonly catalog: Catalog;
  readonly delivery: D;
  /** Addresses of servers in this environment. @default - the names in the catalog */
  readonly hosts: HostMap;
  /** Whether values must be real: example values are refused. @default false */
  readonly production: boolean;
  /** How rotation runs on the schedules of the catalog. @default - a person runs it */
  readonly rotation?: RotationSchedule;
}

/** See {@link defineEnvironment}. */
export interface EnvironmentOptions<D extends Delivery> {
  readonly catalog: Catalog;
  readonly delivery: D;
  readonly hosts?: HostMap;
  readonly production?: boolean;
  /** Adds the workload that rotates to the catalog. */
  readonly rotation?: RotationScheduleOptions;
}

/**
 * Checks an environment against its catalog.
 * @throws DeclarationError with every problem at once
 */
export function defineEnvironment<D extends Delivery>(name: string, options: EnvironmentOptions<D>): Environment<D> {
  const { rotation: scheduled, catalog: declared, ...rest } = options;
  const [catalog, rotation] = scheduled ? withRotator(declared, scheduled) : [declared];
  const environment = { name, catalog, hosts: {}, production: false, ...rest, ...(rotation ? { rotation } : {}) };
  checkEnvironment(environment);
  return environment;
}

type Defaulted<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** What {@link externalSecrets} takes; what it leaves out has the defaults named on the settings. */
export interface ExternalSecretsOptions {
  readonly vault: Defaulted<Omit<VaultSettings, 'auth'>, 'mount' | 'maxVersions'> & {
    readonly auth?: Partial<KubernetesAuthSettings>;
  };
  readonly refreshInterval?: Duration;
  readonly storeKind?: ExternalSecretsDelivery['storeKind'];
  readonly operator?: Partial<OperatorSettings>;
}

/** Delivery from Vault by External Secrets Operator. */
export function externalSecrets(options: ExternalSecretsOptions): ExternalSecretsDelivery {
  return {
    type: 'externalSecrets',
    refreshInterval: options.refreshInterval ?? '1h',
    storeKind: options.storeKind ?? 'ClusterSecretStore',
    operator: { namespace: 'external-secrets', serviceAccount: 'external-secrets', ...options.operator },
    vault: {
      mount: 'secret',
      maxVersions: 20,
      ...options.vault,
      auth: {
        mount: 'kubernetes',
        reviewer: 'client-jwt',
        kubernetesHost: 'https://kubernetes.default.svc',
        audience: 'vault',
        apiServerAudience: 'https://kubernetes.default.svc',
        tokenTtl: '15m',
        ...options.vault.auth,
      },
    },
  };
}

/** Delivery by committed Sealed Secrets, for clusters without Vault. */
export function sealedSecrets(
  options: Defaulted<Omit<SealedSecretsDelivery, 'type'>, 'scope' | 'ownKeyPair' | 'keyRenewal'>,
): SealedSecretsDelivery {
  const { ownKeyPair = false } = options;
  return { type: 'sealedSecrets', scope: 'strict', keyRenewal: ownKeyPair ? 'never' : '30d', ...options, ownKeyPair };
}

/** Delivery by `.env` files on a laptop. */
export function dotenv(options: Omit<DotenvDelivery, 'type'>): DotenvDelivery {
  return { type: 'dotenv', ...options };
}

/** Delivery by GitHub Actions secrets. */
export function githubActions(options: Omit<GithubActionsDelivery, 'type'>): GithubActionsDelivery {
  return { type: 'githubActions', ...options };
}

/** Whether an environment is delivered by External Secrets Operator. */
export function usesExternalSecrets(environment: Environment): environment is Environment<ExternalSecretsDelivery> {
  return environment.delivery.type === 'externalSecrets';
}

/** Whether an environment is delivered by Sealed Secrets. */
export function usesSealedSecrets(environment: Environment): environment is Environment<SealedSecretsDelivery> {
  return environment.delivery.type === 'sealedSecrets';
}
