import type {
  AlternatingUsersDatabase,
  Credential,
  DualPasswordDatabase,
  OpenSessions,
  Turn,
} from '../../../lib/rotation/databases/database';
import type { SecretValue } from '../../../lib/values/secret-value';

/** Users and their passwords in memory, with a record of what was changed. */
export class MemoryUsers implements AlternatingUsersDatabase, DualPasswordDatabase {
  readonly changes: string[] = [];
  readonly passwords = new Map<string, Set<string>>();
  readonly open = new Map<string, number>();
  /** A server without authentication. */
  acceptsAll = false;

  constructor(users: Readonly<Record<string, string>>) {
    for (const [user, password] of Object.entries(users)) {
      this.passwords.set(user, new Set([password]));
    }
  }

  check(): Promise<[]> {
    return Promise.resolve([]);
  }

  async accepts({ user, password }: Credential): Promise<boolean> {
    return await Promise.resolve(this.acceptsAll || (this.passwords.get(user)?.has(password.reveal()) ?? false));
  }

  async provision({ from, to }: Turn, password: SecretValue): Promise<void> {
    this.passwords.set(to, new Set([password.reveal()]));
    await this.#change(`provision ${to} like ${from}`);
  }

  async proveAccess({ to }: Turn): Promise<void> {
    await this.#change(`prove ${to}`);
  }

  async sessions(user: string): Promise<OpenSessions> {
    return await Promise.resolve({ count: this.open.get(user) ?? 0, clients: ['batch'] });
  }

  async endSessions(user: string): Promise<void> {
    this.open.delete(user);
    await this.#change(`end sessions of ${user}`);
  }

  async lock(user: string): Promise<void> {
    this.passwords.set(user, new Set());
    await this.#change(`lock ${user}`);
  }

  async addPassword(user: string, password: SecretValue): Promise<void> {
    this.passwords.get(user)?.add(password.reveal());
    await this.#change(`add a password of ${user}`);
  }

  async keepOnly(user: string, password: SecretValue): Promise<void> {
    this.passwords.set(user, new Set([password.reveal()]));
    await this.#change(`keep one password of ${user}`);
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  async #change(what: string): Promise<void> {
    this.changes.push(what);
    await Promise.resolve();
  }
}
