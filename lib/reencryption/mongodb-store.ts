import { Binary, type Collection, type Db, type Document, MongoClient } from 'mongodb';
import { legacyKeyId } from '../encryption/legacy';
import {
  checkpointCollection,
  encryptedWith,
  notEncryptedWith,
  pageFilter,
  replaceOperations,
  type StoredDocument,
  valueAt,
} from './mongodb-statements';
import { type EncryptedStore, keyCounts, type KeyCounts, onStore, type Replacement, type StoreProblem } from './store';
import { type MongodbTarget, targetName } from './targets';

export interface MongodbStoreOptions {
  readonly activeKey: string;
  /** Every key of the keyring, for the count. */
  readonly keyIds: readonly string[];
}

interface CheckpointDocument {
  readonly _id: string;
  readonly keyId: string;
  readonly lastId: unknown;
  readonly updatedAt: Date;
}

/** Types of `_id` that have one text and one order; comparisons never leave a type. */
const idTypes = [['objectId'], ['string'], ['binData'], ['int', 'long']];

/**
 * A collection of MongoDB. Reads from the primary, and what it wrote survives a failover, so that the count is true.
 * There is no lock: two runs at once only do the same work twice.
 */
export class MongodbStore implements EncryptedStore<StoredDocument> {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly #client: Pick<MongoClient, 'close'>;
  readonly #database: Db;
  readonly #documents: Collection;
  readonly #checkpoints: Collection<CheckpointDocument>;
  readonly #target: MongodbTarget;
  readonly #options: MongodbStoreOptions;

  constructor(client: Pick<MongoClient, 'db' | 'close'>, target: MongodbTarget, options: MongodbStoreOptions) {
    this.name = targetName(target);
    this.table = target.collection;
    this.columns = target.fields;
    this.#client = client;
    this.#database = client.db(target.database, { readPreference: 'primary', writeConcern: { w: 'majority' } });
    this.#documents = this.#database.collection(target.collection);
    this.#checkpoints = this.#database.collection(checkpointCollection);
    this.#target = target;
    this.#options = options;
  }

  /** Connects. */
  static async connect(url: string, target: MongodbTarget, options: MongodbStoreOptions): Promise<MongodbStore> {
    const client = new MongoClient(url, { appName: 'nivesh-secrets reencrypt', serverSelectionTimeoutMS: 10_000 });
    await client.connect();
    return new MongodbStore(client, target, options);
  }

  async findProblems(): Promise<readonly StoreProblem[]> {
    const { collection } = this.#target;
    const found = await this.#run(
      async () => await this.#database.listCollections({ name: collection }, { nameOnly: false }).toArray(),
    );
    const type = found[0]?.type;
    if (type !== 'collection') {
      return [
        {
          path: this.name,
          what: 'there is no such collection',
          got: type === undefined ? 'nothing of this name' : `a ${type}`,
          allowed: 'a collection of the database that urlFrom points to',
          fix: 'correct database and collection, or the connection',
        },
      ];
    }
    const groups = await this.#run(
      async () => await this.#documents.aggregate([{ $group: { _id: { $type: '$_id' } } }]).toArray(),
    );
    const types = groups.map((group) => String(group._id)).sort();
    if (idTypes.some((allowed) => types.every((each) => allowed.includes(each)))) {
      return [];
    }
    return [
      {
        path: `${this.name} _id`,
        what: 'keys of this type, or of several types, are not supported',
        got: types.join(', '),
        allowed: 'one of: objectId; string; UUID; whole numbers',
        fix: 'leave the collection out, and re-encrypt it with FieldCipher.reencrypt in a program of its own',
      },
    ];
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  async checkpoint(): Promise<StoredDocument | undefined> {
    const { activeKey: keyId } = this.#options;
    const found = await this.#run(async () => await this.#checkpoints.findOne({ _id: this.#checkpointName, keyId }));
    return found === null ? undefined : { id: found.lastId, primaryKey: [textOf(found.lastId)], values: [] };
  }

  async page(after: StoredDocument | undefined, limit: number): Promise<readonly StoredDocument[]> {
    const filter = pageFilter(this.columns, this.#options.activeKey, after?.id);
    const projection = Object.fromEntries(this.columns.map((field) => [field, 1]));
    return await this.#run(async () => {
      const found = this.#documents.find(filter, { projection }).sort({ _id: 1 }).limit(limit);
      return (await found.toArray()).map((document) => this.#read(document));
    });
  }

  async replace(replacements: readonly Replacement<StoredDocument>[], last: StoredDocument): Promise<number> {
    return await this.#run(async () => {
      const operations = replaceOperations(this.columns, replacements);
      const replaced =
        operations.length === 0 ? 0 : (await this.#documents.bulkWrite(operations, { ordered: false })).matchedCount;
      // Afterwards: a run that ends between the two does the batch again, and finds nothing to replace.
      await this.#checkpoints.updateOne(
        { _id: this.#checkpointName },
        { $set: { keyId: this.#options.activeKey, lastId: last.id, updatedAt: new Date() } },
        { upsert: true },
      );
      return replaced;
    });
  }

  async count(): Promise<KeyCounts> {
    const counts: [string, number][] = [];
    for (const field of this.columns) {
      counts.push(...(await this.#countField(field)));
    }
    return keyCounts(counts.filter(([, count]) => count > 0));
  }

  async endPass(): Promise<void> {
    await this.#run(async () => await this.#checkpoints.deleteOne({ _id: this.#checkpointName }));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** A target with other fields has another checkpoint: documents before it may have values that were not looked at. */
  get #checkpointName(): string {
    return JSON.stringify([this.#target.collection, this.#target.fields]);
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    return await onStore(this.name, work);
  }

  #read(document: Document): StoredDocument {
    const id: unknown = document._id;
    return { id, primaryKey: [textOf(id)], values: this.columns.map((field) => valueAt(document, field)) };
  }

  async #countField(field: string): Promise<[string, number][]> {
    const { activeKey, keyIds } = this.#options;
    const old = await this.#run(async () => await this.#documents.countDocuments(notEncryptedWith(field, activeKey)));
    const counts: [string, number][] = [];
    for (const keyId of new Set([...keyIds, legacyKeyId])) {
      counts.push([
        keyId,
        await this.#run(async () => await this.#documents.countDocuments(encryptedWith(field, keyId))),
      ]);
    }
    const known = counts.reduce((sum, [keyId, count]) => (keyId === activeKey ? sum : sum + count), 0);
    // Keys that the keyring lacks, and what is no ciphertext.
    return [...counts, ['', Math.max(0, old - known)]];
  }
}

/** A key as applications print it; an ObjectId and a UUID in hexadecimal. */
function textOf(id: unknown): string {
  return id instanceof Binary && id.sub_type === Binary.SUBTYPE_UUID ? id.toUUID().toString() : String(id);
}
