import { KvEngine } from '../vault/kv';
import type { JournalRecord } from './journal-state';
import type { ValueDelivery } from './value-delivery';

/** Throws where nothing may be changed: the lease was lost, or only checks are made. */
export type Guard = () => Promise<void>;

/** An engine that asks before each write. */
export class GuardedKv extends KvEngine {
  constructor(
    kv: KvEngine,
    private readonly guard: Guard,
  ) {
    super(kv.client, kv.mount);
  }

  override async create(path: string, data: Readonly<Record<string, string>>): Promise<number> {
    await this.guard();
    return await super.create(path, data);
  }

  override async patch(path: string, version: number, data: Readonly<Record<string, string>>): Promise<number> {
    await this.guard();
    return await super.patch(path, version, data);
  }

  override async writeDocument(path: string, version: number, document: object): Promise<number> {
    await this.guard();
    return await super.writeDocument(path, version, document);
  }
}

/** A delivery that asks before it begins, and does not go back to values that are revoked. */
export function guardedDelivery(
  delivery: ValueDelivery,
  guard: Guard,
  { field, id, mode, supersedes }: Pick<JournalRecord, 'field' | 'id' | 'mode' | 'supersedes'>,
): ValueDelivery {
  const rotations = supersedes === undefined ? [id] : [id, supersedes];
  return {
    check: async (path, fields) => await delivery.check(path, fields, { field, rotations }),
    deliver: async (published) => {
      await guard();
      const revokes = mode === 'revoke-now' ? { revokes: true } : {};
      await delivery.deliver({ ...published, rotated: field, ...revokes });
    },
  };
}
