import type { Document, MongoClient } from 'mongodb';

/** One call on a collection: its name, the method, the arguments. */
export type MongodbCall = readonly [collection: string, method: string, ...args: unknown[]];

/**
 * Records what would be sent to MongoDB and gives prepared answers by method; everything else throws. It does not
 * evaluate filters: only a real server shows that they mean what they should (NIVESH_TEST_MONGODB_URL).
 */
export function fakeMongodb(answers: Readonly<Record<string, readonly unknown[]>>): {
  client: Pick<MongoClient, 'db' | 'close'>;
  calls: MongodbCall[];
} {
  const calls: MongodbCall[] = [];
  const left = new Map(Object.entries(answers).map(([method, values]) => [method, [...values]]));
  const answer = (collection: string, method: string, args: unknown[]) => {
    calls.push([collection, method, ...args]);
    const values = left.get(method);
    if (values === undefined || values.length === 0) {
      throw new Error(`unexpected call: ${collection}.${method}`);
    }
    return values.shift();
  };
  const cursor = (collection: string, method: string, args: unknown[]): Document => ({
    sort: (sort: unknown) => cursor(collection, method, [...args, { sort }]),
    limit: (limit: number) => cursor(collection, method, [...args, { limit }]),
    toArray: () => Promise.resolve(answer(collection, method, args)),
  });
  const collectionOf = (name: string): Document => ({
    find: (...args: unknown[]) => cursor(name, 'find', args),
    aggregate: (...args: unknown[]) => cursor(name, 'aggregate', args),
    ...Object.fromEntries(
      ['bulkWrite', 'updateOne', 'deleteOne', 'findOne', 'countDocuments'].map((method) => [
        method,
        (...args: unknown[]) => Promise.resolve(answer(name, method, args)),
      ]),
    ),
  });
  const client = {
    db: (name: string, options: unknown) => {
      calls.push([name, 'db', options]);
      return {
        collection: collectionOf,
        listCollections: (...args: unknown[]) => cursor(name, 'listCollections', args),
      };
    },
    close: () => Promise.resolve(),
  };
  return { client: client as unknown as Pick<MongoClient, 'db' | 'close'>, calls };
}
