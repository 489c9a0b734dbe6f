import {
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type FieldReference,
  keyring,
  randomBase64,
  randomHex,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { RotationEngine, type RotationOutcome, type RotationRequest } from '../../lib/rotation/engine';
import { keyringStrategy } from '../../lib/rotation/keyring/strategy';
import { type PublishedVersion, RolloutFailedError, type ValueDelivery } from '../../lib/rotation/value-delivery';
import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { FakeKv } from './fake-kv';
import { FakeVault } from './fake-vault';

export const notes = vaultSecret('app/notes', {
  key: randomHex(16, { rotation: keyring() }),
  other: randomHex(32),
});
/** The same with a file that lists what is encrypted. */
export const files = vaultSecret('app/files', {
  key: randomHex(16, { rotation: keyring({ targets: 'targets.yaml' }) }),
});
export const jobs = vaultSecret('app/jobs', { fernet: randomBase64(32, { rotation: keyring({ format: 'fernet' }) }) });

/** Encryption keys of every kind, in an environment with Vault. */
export const keyringEnvironment: Environment<ExternalSecretsDelivery> = defineEnvironment('test', {
  catalog: defineCatalog({
    name: 'app',
    workloads: {
      notes: workload({
        namespace: 'app',
        env: { ENCRYPTION_KEY: notes.key, ENCRYPTION_KEYRING: notes.key.keyring, OTHER: notes.other },
      }),
      files: workload({ namespace: 'app', env: { ENCRYPTION_KEY: files.key, ENCRYPTION_KEYRING: files.key.keyring } }),
      jobs: workload({ namespace: 'app', env: { FERNET_KEY: jobs.fernet } }),
    },
  }),
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

/** The cipher of a process that starts with these fields of a Vault secret. */
export function cipherOf(data: Readonly<Record<string, string>> = {}): FieldCipher {
  const { key: ENCRYPTION_KEY, key_keyring: ENCRYPTION_KEYRING } = data;
  return new FieldCipher(Keyring.fromEnvironment({ ENCRYPTION_KEY, ENCRYPTION_KEYRING }));
}

/**
 * Processes with one table between them. They restart one after the other; after each restart all of them write a row,
 * and each reads every row.
 */
export class KeyringProcesses implements ValueDelivery {
  readonly delivered: PublishedVersion[] = [];
  readonly rows: string[] = [];
  /** Rows that a process could not read. */
  failures = 0;
  /** Runs after a process has restarted: a crash of the rotation, or a rollout that fails. */
  afterRestart: (index: number) => Promise<void> = async () => {
    await Promise.resolve();
  };
  #ciphers: FieldCipher[] = [];

  constructor(private readonly kv: KvEngine) {}

  async check(): Promise<[]> {
    return await Promise.resolve([]);
  }

  async start(): Promise<void> {
    const cipher = await this.load();
    this.#ciphers = [cipher, cipher, cipher];
    this.work();
  }

  async deliver(published: PublishedVersion): Promise<void> {
    this.delivered.push(published);
    for (const index of this.#ciphers.keys()) {
      this.#ciphers[index] = await this.load();
      this.work();
      await this.afterRestart(index);
    }
  }

  /** One process restarts by itself, with what Vault holds now. */
  async restart(index: number): Promise<void> {
    this.#ciphers[index] = await this.load();
    this.work();
  }

  /** Publishes the old values again, as a delivery does whose pods do not become ready. */
  async takeBack(): Promise<never> {
    const { path = '', fields = [], previousVersion = 0 } = this.delivered.at(-1) ?? {};
    const old = await this.kv.readVersion(path, previousVersion);
    const current = await this.kv.read(path);
    const data = Object.fromEntries(fields.map((field) => [field, old?.data[field] ?? '']));
    const version = await this.kv.patch(path, current?.version ?? 0, data);
    for (const index of this.#ciphers.keys()) {
      this.#ciphers[index] = await this.load();
      this.work();
    }
    throw new RolloutFailedError('the pods did not become ready', version);
  }

  /** What a person does with `nivesh-secrets reencrypt` in one of the pods. */
  reencrypt(): void {
    const [cipher] = this.#ciphers;
    this.rows.forEach((stored, id) => {
      this.rows[id] = cipher?.reencrypt(stored, place(id)) ?? stored;
    });
    this.work();
  }

  private async load(): Promise<FieldCipher> {
    return cipherOf((await this.kv.read('app/notes'))?.data);
  }

  private work(): void {
    for (const cipher of this.#ciphers) {
      const id = this.rows.length;
      this.rows.push(cipher.encrypt(`row ${id}`, place(id)));
    }
    this.failures += this.#ciphers.reduce((sum, cipher) => sum + unreadable(this.rows, cipher), 0);
  }
}

function place(id: number): { table: string; column: string; primaryKey: number } {
  return { table: 'notes', column: 'body', primaryKey: id };
}

/** How many rows a process with these keys cannot read, or reads as another text. */
export function unreadable(rows: readonly string[], cipher: FieldCipher): number {
  return rows.filter((stored, id) => {
    try {
      return cipher.decrypt(stored, place(id)) !== `row ${id}`;
    } catch {
      return true;
    }
  }).length;
}

/** A Vault in memory with first values, processes, a clock, and an engine that rotates. */
export class KeyringBench {
  readonly lines: string[] = [];
  now = new Date('2026-11-26T12:00:00Z');
  #runs = 0;

  private constructor(
    readonly vault: FakeVault,
    readonly fake: FakeKv,
    readonly kv: KvEngine,
    readonly processes: KeyringProcesses,
  ) {}

  static async start(): Promise<KeyringBench> {
    const fake = new FakeKv();
    const vault = await FakeVault.start(fake.engine);
    const kv = new KvEngine(new VaultClient(vault.connection), 'secret');
    await seed(keyringEnvironment.catalog, kv);
    const processes = new KeyringProcesses(kv);
    await processes.start();
    return new KeyringBench(vault, fake, kv, processes);
  }

  async stop(): Promise<void> {
    await this.kv.client.close();
    await this.vault.stop();
  }

  advance(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }

  /** Plans, fails on what the check finds, and runs, as another machine each time. */
  async rotate(
    options: Partial<RotationRequest> = {},
    field: FieldReference = notes.key,
    folder = '/nowhere',
  ): Promise<RotationOutcome> {
    const engine = new RotationEngine({
      environment: keyringEnvironment,
      kv: this.kv,
      delivery: () => this.processes,
      report: (line) => this.lines.push(line),
      clock: {
        now: () => this.now,
        sleep: async (milliseconds) => {
          this.advance(milliseconds);
          await Promise.resolve();
        },
      },
      holder: `machine/${this.#runs++}`,
    });
    const request = { field, strategy: keyringStrategy({ folder, environment: {} }), ...options };
    const plan = await engine.plan(request);
    const problems = await engine.check(request, plan);
    if (problems.length > 0) {
      throw new Error(
        problems.map(({ path, what, got, fix }) => `${path}: ${what}, got ${got}, fix: ${fix}`).join('\n'),
      );
    }
    return await engine.rotate(request, plan);
  }

  async data(path = 'app/notes'): Promise<Readonly<Record<string, string>>> {
    return (await this.kv.read(path))?.data ?? {};
  }
}
