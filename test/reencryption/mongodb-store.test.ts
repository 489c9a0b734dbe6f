import { Binary, ObjectId, UUID } from 'mongodb';
import type { MongodbTarget } from '../../lib/reencryption';
import { MongodbStore } from '../../lib/reencryption/mongodb-store';
import { fakeMongodb } from './support/fake-mongodb';

const target: MongodbTarget = {
  store: 'mongodb',
  urlFrom: 'MONGODB_URI',
  database: 'nivesh_conversations',
  collection: 'messages',
  fields: ['content', 'meta.ip'],
};
const activeKey = '0a1b2c3d';
const options = { activeKey, keyIds: ['legacy', activeKey] };

/** The store, and what it sent, without the choice of the database. */
function storeWith(answers: Record<string, unknown[]>, fields = target.fields) {
  const { client, calls } = fakeMongodb(answers);
  const store = new MongodbStore(client, { ...target, fields }, options);
  return { store, calls, sent: () => calls.slice(1) };
}

/** No MongoDB server is on the registries: these are the statements only. test/e2e/reencryption-mongodb.test.ts runs them. */
describe('MongodbStore, statements', () => {
  it('reads from the primary and writes to the majority', () => {
    expect(storeWith({}).calls).toEqual([
      ['nivesh_conversations', 'db', { readPreference: 'primary', writeConcern: { w: 'majority' } }],
    ]);
  });

  it('reads pages in the order of _id, only documents with an old value', async () => {
    const id = new ObjectId('65a000000000000000000001');
    const { store, sent } = storeWith({
      find: [[{ _id: id, content: 'a' }], [{ _id: id, content: 'b', meta: { ip: 'c' } }]],
    });
    const [first] = await store.page(undefined, 2);
    expect(first).toEqual({ id, primaryKey: [id.toHexString()], values: ['a', undefined] });
    expect(await store.page(first, 2)).toEqual([{ id, primaryKey: [id.toHexString()], values: ['b', 'c'] }]);
    expect(sent()[1]).toMatchInlineSnapshot(`
     [
       "messages",
       "find",
       {
         "$and": [
           {
             "_id": {
               "$gt": "65a000000000000000000001",
             },
           },
           {
             "$or": [
               {
                 "$or": [
                   {
                     "content": {
                       "$exists": true,
                       "$ne": null,
                       "$not": {
                         "$regex": "^nv1:0a1b2c3d:",
                       },
                     },
                   },
                   {
                     "content": {
                       "$type": "array",
                     },
                   },
                 ],
               },
               {
                 "$or": [
                   {
                     "meta.ip": {
                       "$exists": true,
                       "$ne": null,
                       "$not": {
                         "$regex": "^nv1:0a1b2c3d:",
                       },
                     },
                   },
                   {
                     "meta": {
                       "$type": "array",
                     },
                   },
                   {
                     "meta.ip": {
                       "$type": "array",
                     },
                   },
                 ],
               },
             ],
           },
         ],
       },
       {
         "projection": {
           "content": 1,
           "meta.ip": 1,
         },
       },
       {
         "sort": {
           "_id": 1,
         },
       },
       {
         "limit": 2,
       },
     ]
    `);
  });

  it('replaces only what still has the values that were read, then moves the checkpoint', async () => {
    const { store, sent } = storeWith({ bulkWrite: [{ matchedCount: 1 }], updateOne: [{}] });
    const row = (id: number, values: unknown[]) => ({ id, primaryKey: [String(id)], values });
    const replaced = await store.replace(
      [
        { row: row(1, ['old1', 'old2']), values: ['new1', 'new2'] },
        { row: row(2, ['old3', 'poison']), values: ['new3', undefined] },
      ],
      row(3, ['poison', null]),
    );
    expect(replaced).toBe(1);
    const [bulk, checkpoint] = sent();
    expect(bulk).toMatchInlineSnapshot(`
     [
       "messages",
       "bulkWrite",
       [
         {
           "updateOne": {
             "filter": {
               "_id": 1,
               "content": {
                 "$eq": "old1",
               },
               "meta.ip": {
                 "$eq": "old2",
               },
             },
             "update": {
               "$set": {
                 "content": "new1",
                 "meta.ip": "new2",
               },
             },
           },
         },
         {
           "updateOne": {
             "filter": {
               "_id": 2,
               "content": {
                 "$eq": "old3",
               },
             },
             "update": {
               "$set": {
                 "content": "new3",
               },
             },
           },
         },
       ],
       {
         "ordered": false,
       },
     ]
    `);
    expect(checkpoint).toEqual([
      'nivesh_reencryption',
      'updateOne',
      { _id: '["messages",["content","meta.ip"]]' },
      { $set: { keyId: activeKey, lastId: 3, updatedAt: expect.any(Date) as Date } },
      { upsert: true },
    ]);
  });

  it('moves the checkpoint over a page that only has poison', async () => {
    const { store, sent } = storeWith({ updateOne: [{}] });
    expect(await store.replace([], { id: 1, primaryKey: ['1'], values: [] })).toBe(0);
    expect(sent().map(([, method]) => method)).toEqual(['updateOne']);
  });

  it('goes on at the checkpoint of the same key only', async () => {
    const id = new ObjectId();
    const { store, sent } = storeWith({ findOne: [{ lastId: id }, null] });
    expect(await store.checkpoint()).toEqual({ id, primaryKey: [id.toHexString()], values: [] });
    expect(await store.checkpoint()).toBeUndefined();
    expect(sent()[0]?.[2]).toEqual({ _id: '["messages",["content","meta.ip"]]', keyId: activeKey });
  });

  it('counts old values whatever they are, and by key', async () => {
    const { store, sent } = storeWith({ countDocuments: [5, 3, 7] }, ['content']);
    expect(await store.count()).toEqual(
      new Map([
        ['legacy', 3],
        [activeKey, 7],
        ['unknown format', 2],
      ]),
    );
    expect(sent().map(([, , filter]) => filter)).toEqual([
      {
        $or: [
          { content: { $exists: true, $ne: null, $not: { $regex: '^nv1:0a1b2c3d:' } } },
          { content: { $type: 'array' } },
        ],
      },
      { content: { $type: 'string', $regex: '^[0-9a-f]{32}:[0-9a-f]{32}:' } },
      { content: { $type: 'string', $regex: '^nv1:0a1b2c3d:' } },
    ]);
  });

  it('writes keys as applications print them', async () => {
    const uuid = new UUID();
    const keys = [new ObjectId('65a000000000000000000001'), uuid, new Binary(uuid.buffer, 4), 'text', 42];
    const { store } = storeWith({ find: [keys.map((_id) => ({ _id }))] });
    expect((await store.page(undefined, 9)).map(({ primaryKey }) => primaryKey)).toEqual([
      ['65a000000000000000000001'],
      [uuid.toString()],
      [uuid.toString()],
      ['text'],
      ['42'],
    ]);
  });

  it('gives an array on the path as it is, so that it is reported and not passed over', async () => {
    const { store } = storeWith({ find: [[{ _id: 1, content: ['a'], meta: [{ ip: 'b' }] }]] });
    expect((await store.page(undefined, 9))[0]?.values).toEqual([['a'], [{ ip: 'b' }]]);
  });

  it('accepts a collection whose keys have one type', async () => {
    const { store } = storeWith({
      listCollections: [[{ name: 'messages', type: 'collection' }]],
      aggregate: [[{ _id: 'long' }, { _id: 'int' }]],
    });
    expect(await store.findProblems()).toEqual([]);
  });

  it('fails for a collection that is not there, and for a view', async () => {
    const { store } = storeWith({ listCollections: [[], [{ name: 'messages', type: 'view' }]] });
    expect((await store.findProblems())[0]?.got).toBe('nothing of this name');
    expect((await store.findProblems())[0]?.got).toBe('a view');
  });

  it('fails for keys of several types, which comparisons would pass over', async () => {
    const { store } = storeWith({
      listCollections: [[{ name: 'messages', type: 'collection' }]],
      aggregate: [[{ _id: 'string' }, { _id: 'objectId' }]],
    });
    expect(await store.findProblems()).toMatchObject([
      { path: 'mongodb nivesh_conversations.messages _id', got: 'objectId, string' },
    ]);
  });
});
