import type { Environment, ExternalSecretsDelivery } from '../catalog';
import type { KubernetesClient } from '../kubernetes/client';
import type { VaultClient } from '../vault/client';
import { KvEngine } from '../vault/kv';
import { accessFindings } from './access-findings';
import { type AccessProof, proveAccess } from './access-proof';
import { clusterDrift } from './cluster-drift';
import { checkDelivery, deliveryFindings, type WorkloadDelivery } from './delivery';
import type { VerifyFinding } from './finding';
import { staleDeliveries, unreadyStores } from './freshness';
import { openRotations } from './open-rotations';
import { exampleValuesInVault } from './real-values';
import { vaultDrift } from './vault-drift';

/** What is verified, and with what. */
export interface VerificationOptions {
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly vault: VaultClient;
  readonly kubernetes: KubernetesClient;
  /** Example values of the project; values are then read from Vault and compared. @default - no value is read */
  readonly examples?: ReadonlySet<string>;
  /** Milliseconds since 1970. @default - now */
  readonly now?: number;
  /** Hears what is looked at. @default - nobody */
  readonly onPart?: (part: string) => { end: () => void };
}

/** Everything that was looked at, and everything that is not as declared. */
export interface Verification {
  readonly environment: string;
  readonly deliveries: readonly WorkloadDelivery[];
  readonly proofs: readonly AccessProof[];
  /** Objects and settings that were compared with their declaration. */
  readonly compared: number;
  /** Values that were looked at; nothing where none was to be read. */
  readonly valuesLooked?: number;
  readonly findings: readonly VerifyFinding[];
}

/**
 * The proof that a live Vault and a live cluster are what the catalog says: delivery, freshness, access both ways, drift,
 * rotations that do not go on, and on demand the values themselves.
 * @throws VaultError, KubernetesError if one of them cannot be reached or refuses what is asked
 */
export async function verifyEnvironment(options: VerificationOptions): Promise<Verification> {
  const { environment, vault, kubernetes, examples, now = Date.now() } = options;
  const part = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const task = options.onPart?.(name);
    try {
      return await work();
    } finally {
      task?.end();
    }
  };
  const kv = new KvEngine(vault, environment.delivery.vault.mount);
  const deliveries = await part('delivery', async () => await checkDelivery(environment, kubernetes, kv));
  const stores = await part('stores', async () => await unreadyStores(environment, kubernetes));
  const proofs = await part('access', async () => await proveAccess(environment, vault, kubernetes));
  const cluster = await part('drift in the cluster', async () => await clusterDrift(environment, kubernetes));
  const inVault = await part('drift in Vault', async () => await vaultDrift(environment, vault));
  const open = await part('rotations', async () => await openRotations(environment, kv, new Date(now)));
  const values = examples && (await part('values', async () => await exampleValuesInVault(environment, kv, examples)));
  return {
    environment: environment.name,
    deliveries,
    proofs,
    compared: cluster.compared + inVault.compared,
    ...(values ? { valuesLooked: values.looked } : {}),
    findings: [
      ...deliveries.flatMap((delivery) => deliveryFindings(delivery, environment.name)),
      ...stores,
      ...staleDeliveries(environment, deliveries, now),
      ...accessFindings(environment.name, proofs),
      ...cluster.findings,
      ...inVault.findings,
      ...open,
      ...(values?.findings ?? []),
    ],
  };
}
