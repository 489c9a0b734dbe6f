import {
  type Catalog,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  overlap,
  randomHex,
  vaultSecret,
  workload,
} from '../../../lib/catalog';
import type { Platform } from '../../../lib/embedded';
import type { KubernetesObject } from '../../../lib/kubernetes/client';
import { listOwnedPods } from '../../../lib/kubernetes/pods';
import { secretData } from './cluster';

const namespace = 'turn';
const secret = vaultSecret('turn/web', {
  // Short, so that a test can wait for its end.
  signing_key: randomHex(32, { rotation: overlap({ window: '1s' }) }),
});

export const signingKey = secret.signing_key;

/** One workload whose pods sign with one value and accept two. */
export const turnCatalog: Catalog = defineCatalog({
  name: 'turn',
  workloads: {
    'turn-web': workload({
      namespace,
      env: { SIGNING_KEY: secret.signing_key, SIGNING_KEY_PREVIOUS: secret.signing_key.previous },
    }),
  },
});

/**
 * Its environment, for programs that get the address of Vault in a variable.
 * @public the project that a test writes imports it
 */
export function turnEnvironment(): Environment<ExternalSecretsDelivery> {
  return defineEnvironment('turn', {
    catalog: turnCatalog,
    delivery: externalSecrets({
      vault: {
        address: 'https://vault.invalid:8200',
        ca: { type: 'system' },
        audit: [
          { name: 'file', filePath: '/audit.log' },
          { name: 'stdout', filePath: 'stdout' },
        ],
      },
    }),
  });
}

/** The Deployment of kwok's pods, which run nothing; the watch below knows what they would have loaded. */
export const turnDeployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'turn-web', namespace },
  spec: {
    replicas: 2,
    progressDeadlineSeconds: 60,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: { app: 'turn-web' } },
    template: {
      metadata: { labels: { app: 'turn-web' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'none', envFrom: [{ secretRef: { name: 'turn-web-secret' } }] }],
      },
    },
  },
};

/**
 * Watches pods and their Secret: what each pod loaded when it appeared, and whether all that are there at one time accept
 * what the others sign with.
 */
export class PodWatch {
  /** Pairs of pods in which one refuses what the other signs. */
  readonly refusals: string[] = [];
  /** Times that it looked. */
  looks = 0;
  readonly #loaded = new Map<string, Record<string, string>>();
  #stopped = false;
  readonly #watching: Promise<void>;

  constructor(private readonly platform: Platform) {
    this.#watching = this.watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  private async watch(): Promise<void> {
    while (!this.#stopped) {
      const pods = await listOwnedPods(this.platform.kubernetes, namespace);
      const data = await secretData(this.platform, turnCatalog, 'turn-web');
      const running = pods
        .map(({ pod }) => pod)
        .filter(({ status, metadata }) => status?.phase === 'Running' && metadata.deletionTimestamp === undefined);
      for (const { metadata } of running) {
        const uid = metadata.uid ?? '';
        this.#loaded.set(uid, this.#loaded.get(uid) ?? data);
      }
      this.compare(running.map(({ metadata }) => metadata.uid ?? ''));
      this.looks += 1;
    }
  }

  private compare(uids: readonly string[]): void {
    const loaded = uids.map((uid) => this.#loaded.get(uid) ?? {});
    for (const { SIGNING_KEY: used } of loaded) {
      for (const { SIGNING_KEY: accepted, SIGNING_KEY_PREVIOUS: previous } of loaded) {
        if (used === undefined || (used !== accepted && used !== previous)) {
          this.refusals.push(`look ${this.looks}`);
        }
      }
    }
  }
}
