import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { type FieldReference, type Problem, rotationPath, throwProblems } from '../catalog';
import { VaultError } from '../vault/client';
import { CheckAndSetError, type KvEngine } from '../vault/kv';
import { type JournalRecord, leaseAt, parseJournal, releaseLease, RotationLockError, takeLease } from './journal-state';

/** How long a run that dies keeps others from going on. */
export const leaseMs = 60_000;

/** How long after its last write a run believes that the lease is its own: others' clocks may be ahead. */
const freshMs = 2_000;

/** Names this process to whoever finds its lease: `host/pid`, and a part that no other process has. */
export function thisHolder(): string {
  return `${hostname()}/${process.pid}/${Date.now().toString(36)}`;
}

/** Vault path of a field's journal, below the same mount: `rotation/<path>/<field>`. */
export function journalPath({ secret, fieldName }: Pick<FieldReference, 'secret' | 'fieldName'>): string {
  return `${rotationPath}/${secret.path}/${fieldName}`;
}

/** A journal as it was read. */
export interface ReadJournal {
  /** For check-and-set; 0 where nothing was ever written. */
  readonly version: number;
  /** Nothing where the field was never rotated. */
  readonly record?: JournalRecord;
}

/**
 * Reads a field's journal.
 * @throws DeclarationError where something else lies at its path
 */
export async function readJournal(kv: KvEngine, field: FieldReference): Promise<ReadJournal> {
  const path = journalPath(field);
  const { version, document } = await kv.readDocument(path);
  if (document === undefined) {
    return { version };
  }
  const record = parseJournal(document);
  throwProblems(`rotation of ${field.id}`, record ? [] : [foreignDocument(kv.mount, path)]);
  return record ? { version, record } : { version };
}

function foreignDocument(mount: string, path: string): Problem {
  return {
    path: `${mount}/${path}`,
    what: 'what lies there is not the journal of a rotation',
    got: 'another document',
    allowed: 'a journal that this program wrote, or nothing',
    fix: `move it elsewhere, then vault kv metadata delete -mount=${mount} ${path}`,
  };
}

/** See {@link HeldJournal.take}. */
export interface TakeOptions {
  readonly kv: KvEngine;
  readonly field: FieldReference;
  /** What was read; check-and-set makes sure that it is still so. */
  readonly from: ReadJournal;
  /** The rotation to go on with. */
  readonly record: JournalRecord;
  readonly holder: string;
  readonly leaseMs: number;
  readonly now: () => Date;
}

/**
 * The journal of a field in the hands of this process. Check-and-set is the lock: every write uses the version last
 * read, so a process that was overtaken cannot write again, and learns it before it changes anything else.
 */
export class HeldJournal {
  #version: number;
  #record: JournalRecord;
  #lost: RotationLockError | undefined;
  /** Writes go one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(
    private readonly options: TakeOptions,
    version: number,
    record: JournalRecord,
  ) {
    this.#version = version;
    this.#record = record;
    this.#heartbeat = setInterval(() => {
      // A Vault that is away for a moment is asked again; the lease tells when it is too late.
      this.renew().catch(() => undefined);
    }, options.leaseMs / 3).unref();
  }

  /**
   * Takes the lease.
   * @throws RotationLockError while another run holds it, and CheckAndSetError when the journal has changed since
   */
  static async take(options: TakeOptions): Promise<HeldJournal> {
    const { kv, field, from, holder, now } = options;
    if (from.record) {
      // Nobody else may be at work, whatever becomes of this record.
      takeLease(from.record, holder, now(), options.leaseMs);
    }
    const record = takeLease(options.record, holder, now(), options.leaseMs);
    const version = await kv.writeDocument(journalPath(field), from.version, record);
    return new HeldJournal(options, version, record);
  }

  get record(): JournalRecord {
    return this.#record;
  }

  /**
   * Writes the next record. The lease is renewed with it, unless the record gives it back.
   * @throws RotationLockError when another run has taken over
   */
  async update(change: (record: JournalRecord) => JournalRecord): Promise<void> {
    await this.enqueue(async () => {
      await this.write((record) => {
        const changed = change(record);
        return changed.lease ? this.renewed(changed) : changed;
      });
    });
  }

  /**
   * Makes sure that this process may change something: right after a write it may, else the lease is renewed first.
   * @throws RotationLockError when another run has taken over
   */
  async verify(): Promise<void> {
    await this.enqueue(async () => {
      if (this.#lost) {
        throw this.#lost;
      }
      const renewedAt = (this.#record.lease?.until.getTime() ?? 0) - this.options.leaseMs;
      if (this.options.now().getTime() - renewedAt > Math.min(freshMs, this.options.leaseMs / 2)) {
        await this.write((record) => this.renewed(record));
      }
    });
  }

  /** Ends the heartbeat, and gives the lease back where that is still possible. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.enqueue(async () => {
      if (this.#record.lease && !this.#lost) {
        // Where Vault is away the lease ends by itself.
        await this.write(releaseLease).catch(() => undefined);
      }
    });
  }

  private async renew(): Promise<void> {
    await this.enqueue(async () => {
      if (this.#record.lease && !this.#lost) {
        await this.write((record) => this.renewed(record));
      }
    });
  }

  private renewed(record: JournalRecord): JournalRecord {
    return takeLease(record, this.options.holder, this.options.now(), this.options.leaseMs);
  }

  private async enqueue<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return await turn;
  }

  private async write(change: (record: JournalRecord) => JournalRecord): Promise<void> {
    if (this.#lost) {
      throw this.#lost;
    }
    const path = journalPath(this.options.field);
    const next = change(this.#record);
    try {
      this.#version = await this.options.kv.writeDocument(path, this.#version, next);
    } catch (error) {
      if (error instanceof CheckAndSetError) {
        this.#version = await this.options.kv.writeDocument(path, await this.adopt(), next);
      } else if (await this.wasWritten(error, next)) {
        this.#version += 1;
      } else {
        throw error;
      }
    }
    this.#record = next;
  }

  /** Whether Vault has done a write and only its answer was lost: a rotation that has ended must not look like a failure. */
  private async wasWritten(error: unknown, next: JournalRecord): Promise<boolean> {
    if (!(error instanceof VaultError) || error.status !== 0) {
      return false;
    }
    const found = await readJournal(this.options.kv, this.options.field).catch(() => undefined);
    const written = parseJournal(JSON.parse(JSON.stringify(next)));
    return found?.version === this.#version + 1 && isDeepStrictEqual(found.record, written);
  }

  /**
   * The version after a write of this process whose answer was lost: nobody else writes its name. Otherwise the journal
   * is another run's now.
   */
  private async adopt(): Promise<number> {
    const { version, record } = await readJournal(this.options.kv, this.options.field);
    if (record?.lease?.holder === this.options.holder) {
      return version;
    }
    const now = this.options.now();
    const lease = (record && leaseAt(record, now)) ?? { holder: record?.lease?.holder ?? 'another run', until: now };
    this.#lost = new RotationLockError(this.options.field.id, lease.holder, lease.until);
    throw this.#lost;
  }
}
