import {
  alternatingUsers,
  type Catalog,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type FieldReference,
  issued,
  joined,
  manual,
  overlap,
  password,
  type Problem,
  randomHex,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { RotationEngine, type RotationOutcome, type RotationRequest } from '../../lib/rotation/engine';
import { loadStrategy } from '../../lib/rotation/strategies';
import { type PublishedVersion, RolloutFailedError, type ValueDelivery } from '../../lib/rotation/value-delivery';
import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { FakeKv } from './fake-kv';
import { FakeVault } from './fake-vault';

export const web = vaultSecret('app/web', {
  signing_key: randomHex(32, { rotation: overlap({ window: '31d', longestTokenLife: '30d', every: '90d' }) }),
  session_key: randomHex(32),
});
export const api = vaultSecret('app/api', {
  key: randomHex(32, { rotation: overlap({ window: '1h', every: '90d' }) }),
});
export const chat = vaultSecret('app/chat', { webhook: issued({ by: 'Chat', format: 'url' }) });
export const panel = vaultSecret('app/panel', {
  password: password(32, { rotation: manual('set the new password in the panel', { every: '180d' }) }),
});
export const database = vaultSecret('app/database', {
  user: username('app_a'),
  password: password(40, {
    rotation: alternatingUsers({ database: 'postgresql', users: ['app_a', 'app_b'], usernameField: 'user' }),
  }),
});

/** Fields of every kind that needs no server. */
export const rotatedCatalog: Catalog = defineCatalog({
  name: 'app',
  workloads: {
    'app-web': workload({
      namespace: 'app',
      env: {
        SIGNING_KEY: web.signing_key,
        SIGNING_KEY_PREVIOUS: web.signing_key.previous,
        SESSION_KEY: web.session_key,
        API_KEY: api.key,
        DB_USER: database.user,
        DB_PASSWORD: database.password,
      },
    }),
    'app-api': workload({ namespace: 'app', env: { API_KEYS: joined([api.key, api.key.previous]) } }),
    chat: workload({ namespace: 'app', env: { WEBHOOK: chat.webhook, PANEL_PASSWORD: panel.password } }),
  },
});

/** The environment of {@link rotatedCatalog}. */
export function rotatedEnvironment(production = false): Environment<ExternalSecretsDelivery> {
  return defineEnvironment('test', {
    catalog: rotatedCatalog,
    production,
    delivery: externalSecrets({
      vault: {
        address: 'https://vault:8200',
        ca: { type: 'configMap', name: 'ca', key: 'ca.crt', namespace: 'external-secrets' },
        audit: [
          { name: 'file', filePath: '/audit.log' },
          { name: 'stdout', filePath: 'stdout' },
        ],
      },
    }),
  });
}

/** What one process has loaded: the value in use, and the other one that it accepts. */
interface LoadedValues {
  readonly used: string;
  readonly accepted: readonly string[];
}

/** Processes that load values when they are restarted, one after the other, and ask each other all the time. */
export class FakeProcesses implements ValueDelivery {
  readonly delivered: PublishedVersion[] = [];
  /** Pairs in which one refused what the other sent. */
  refused = 0;
  problems: Problem[] = [];
  /** What the next delivery does after its first process, instead of going on. */
  interrupt: (() => Promise<void>) | undefined;
  #processes: LoadedValues[] = [];

  constructor(private readonly kv: KvEngine) {}

  async check(): Promise<Problem[]> {
    return await Promise.resolve(this.problems);
  }

  async deliver(published: PublishedVersion): Promise<void> {
    this.delivered.push(published);
    const count = 3;
    for (let index = 0; index < count; index++) {
      this.#processes[index] = await this.load(published);
      this.askEachOther();
      if (this.interrupt && index === 0) {
        const interrupt = this.interrupt;
        this.interrupt = undefined;
        await interrupt();
      }
    }
  }

  /** Starts the processes with what Vault holds. */
  async start(path: string, fields: readonly string[]): Promise<void> {
    const loaded = await this.load({ path, fields });
    this.#processes = [loaded, loaded, loaded];
  }

  /** Publishes the old values again, as a delivery does whose pods do not become ready. */
  async takeBack(): Promise<never> {
    const { path = '', fields = [], previousVersion = 0 } = this.delivered.at(-1) ?? {};
    const old = await this.kv.readVersion(path, previousVersion);
    const current = await this.kv.read(path);
    const data = Object.fromEntries(fields.map((field) => [field, old?.data[field] ?? '']));
    const version = await this.kv.patch(path, current?.version ?? 0, data);
    const loaded = await this.load({ path, fields });
    this.#processes = [loaded, loaded, loaded];
    throw new RolloutFailedError('the pods did not become ready', version);
  }

  private async load({ path, fields }: Pick<PublishedVersion, 'path' | 'fields'>): Promise<LoadedValues> {
    const field = (fields[0] ?? '').replace(/_previous$/, '');
    const { data = {} } = (await this.kv.read(path)) ?? {};
    const used = data[field] ?? '';
    return { used, accepted: [used, data[`${field}_previous`] ?? ''] };
  }

  private askEachOther(): void {
    for (const { used } of this.#processes) {
      this.refused += this.#processes.filter(({ accepted }) => !accepted.includes(used)).length;
    }
  }
}

/** A Vault in memory with first values, processes, a clock, and an engine that rotates. */
export class RotationBench {
  readonly lines: string[] = [];
  now = new Date('2026-11-26T12:00:00Z');
  readonly processes: FakeProcesses;
  readonly engine: RotationEngine;

  private constructor(
    readonly environment: Environment<ExternalSecretsDelivery>,
    readonly vault: FakeVault,
    readonly fake: FakeKv,
    readonly kv: KvEngine,
  ) {
    this.processes = new FakeProcesses(kv);
    this.engine = this.engineOf('host/1');
  }

  static async start(options: { readonly production?: boolean } = {}): Promise<RotationBench> {
    const fake = new FakeKv();
    const vault = await FakeVault.start(fake.engine);
    const kv = new KvEngine(new VaultClient(vault.connection), 'secret');
    await seed(rotatedCatalog, kv);
    return new RotationBench(rotatedEnvironment(options.production), vault, fake, kv);
  }

  async stop(): Promise<void> {
    await this.kv.client.close();
    await this.vault.stop();
  }

  /**
   * Another run, of another machine.
   * @param onGuard gets what its delivery asks before each change
   */
  engineOf(holder: string, onGuard: (guard: () => Promise<void>) => void = () => undefined): RotationEngine {
    return new RotationEngine({
      environment: this.environment,
      kv: this.kv,
      delivery: (_kv, _report, guard) => {
        onGuard(guard);
        return this.processes;
      },
      report: (line) => this.lines.push(line),
      clock: {
        now: () => this.now,
        sleep: async (milliseconds) => {
          this.advance(milliseconds);
          await Promise.resolve();
        },
      },
      holder,
    });
  }

  advance(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }

  /** Plans, fails on what the check finds, and runs. */
  async rotate(
    field: FieldReference,
    options: Partial<RotationRequest> = {},
    engine = this.engine,
  ): Promise<RotationOutcome> {
    const request = { field, strategy: await loadStrategy(field.declaration.rotation), ...options };
    const plan = await engine.plan(request);
    const problems = await engine.check(request, plan);
    if (problems.length > 0) {
      throw new Error(problems.map(({ what }) => what).join('; '));
    }
    return await engine.rotate(request, plan);
  }

  /** Values of a field and of the one beside it. */
  async values({ secret, fieldName }: FieldReference): Promise<[used: string, previous: string]> {
    const { data = {} } = (await this.kv.read(secret.path)) ?? {};
    return [data[fieldName] ?? '', data[`${fieldName}_previous`] ?? ''];
  }
}
