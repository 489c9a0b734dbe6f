import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { FieldCipher, Keyring } from '../../../lib/encryption';
import type { PostgresqlTarget, ReencryptReport } from '../../../lib/reencryption';
import { PostgresqlStore } from '../../../lib/reencryption/postgresql-store';
import { type CommandResult, runCommand } from '../../support/command-line';
import { PostgresqlServer } from '../../support/postgresql';

const before = Keyring.fromEnvironment({ ENCRYPTION_KEY: randomBytes(16).toString('hex') });
const { keyring: added, keyId } = before.withNewKey();
const keyring = added.withActive(keyId);

/** Keys and ciphers of a rotation whose new key is active. */
export const rotation = {
  keyId,
  keyring,
  oldCipher: new FieldCipher(before),
  cipher: new FieldCipher(keyring),
  /** Reads nothing that the old key encrypted. */
  newOnly: new FieldCipher(keyring.without('legacy')),
};

export const usersTarget: PostgresqlTarget = {
  store: 'postgresql',
  schema: 'public',
  table: 'users',
  primaryKey: ['id'],
  columns: ['phone'],
};

const usersFile = 'targets: [{ store: postgresql, table: users, primaryKey: id, columns: [phone] }]';

/** A real PostgreSQL server for a file of tests, and a database of its own for each test. */
export class ReencryptionFixture {
  server!: PostgresqlServer;
  database = '';
  client!: Client;
  #folder = '';
  #databases = 0;

  /** Registers the hooks of jest. */
  static create(): ReencryptionFixture {
    const fixture = new ReencryptionFixture();
    beforeAll(async () => {
      fixture.server = await PostgresqlServer.start({ settings: { fsync: 'off', log_statement: 'all' } });
      fixture.#folder = mkdtempSync(join(tmpdir(), 'nivesh-reencryption-'));
    }, 60_000);
    beforeEach(async () => {
      fixture.database = `test_${fixture.#databases++}`;
      await fixture.server.createDatabase(fixture.database);
      await fixture.connect();
    });
    afterEach(async () => {
      await fixture.client.end();
    });
    afterAll(async () => {
      await fixture.server.stop();
      rmSync(fixture.#folder, { recursive: true });
    });
    return fixture;
  }

  async connect(): Promise<void> {
    this.client = await this.server.connect(this.database);
  }

  targetsFile(yaml: string = usersFile): string {
    const file = join(this.#folder, `${this.database}.yaml`);
    writeFileSync(file, yaml);
    return file;
  }

  /** Variables of the database and the keyring. */
  environment(): Record<string, string> {
    return { ...this.server.environment(this.database), ENCRYPTION_KEYRING: keyring.serialize().reveal() };
  }

  /** Runs the verb in a process of its own. */
  async runVerb(options: readonly string[] = [], env = this.environment(), yaml = usersFile): Promise<CommandResult> {
    return await runCommand(['reencrypt', '--targets', this.targetsFile(yaml), '--settle', '1s', ...options], { env });
  }

  async openStore(target: PostgresqlTarget = usersTarget, dryRun = false): Promise<PostgresqlStore> {
    return await PostgresqlStore.connect(target, { url: this.server.url(this.database), activeKey: keyId, dryRun });
  }
}

export function reportOf({ stdout }: CommandResult): ReencryptReport {
  return JSON.parse(stdout) as ReencryptReport;
}

/** What `makeUsers` wrote. */
export function allPhones(rows: number): Map<string, string> {
  return new Map(Array.from({ length: rows }, (_, id) => [String(id), `phone ${id}`]));
}
