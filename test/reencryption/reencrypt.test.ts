import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { reencrypt, type ReencryptOptions, StoreForbiddenError } from '../../lib/reencryption';
import { type MemoryRow, MemoryStore } from './support/memory-store';

const before = Keyring.fromEnvironment({ ENCRYPTION_KEY: randomBytes(16).toString('hex') });
const { keyring: added, keyId } = before.withNewKey();
const keyring = added.withActive(keyId);
const [oldCipher, cipher] = [new FieldCipher(before), new FieldCipher(keyring)];
const columns = ['phone', 'pan'];

const place = (key: number, column: string) => ({ table: 'users', column, primaryKey: key });
const encrypted = (with_: FieldCipher, key: number, texts: (string | null)[]): MemoryRow =>
  texts.map((text, index) => (text === null ? null : with_.encrypt(text, place(key, columns[index] ?? ''))));

function storeOf(texts: (string | null)[][], with_: FieldCipher = oldCipher): MemoryStore {
  return new MemoryStore(keyId, columns, new Map(texts.map((row, key) => [key, encrypted(with_, key, row)])));
}

/** Plaintext of every value, decrypted with the new key alone where the old one is no longer needed. */
function readAll(store: MemoryStore, reader: FieldCipher): Record<string, string | null> {
  return Object.fromEntries(
    [...store.rows].flatMap(([key, values]) =>
      values.map((value, index) => {
        const column = columns[index] ?? '';
        return [`${key}.${column}`, value === null ? null : reader.decrypt(value, place(key, column))];
      }),
    ),
  );
}

const settle = () => Promise.resolve();
const run = async (store: MemoryStore, options: Partial<ReencryptOptions> = {}) =>
  await reencrypt([store], { cipher, settle, batchSize: 3, ...options });

describe('reencrypt', () => {
  const texts = Array.from({ length: 10 }, (_, key) => [`phone ${key}`, key % 3 === 0 ? null : `pan ${key}`]);

  it('replaces every value of another key, in pages of the primary key, and counts twice', async () => {
    const store = storeOf(texts);
    const expected = readAll(store, cipher);
    const report = await run(store);
    expect(report).toEqual({
      activeKey: keyId,
      dryRun: false,
      complete: true,
      targets: [
        {
          target: 'memory users',
          replaced: 10,
          overtaken: 0,
          poisonCount: 0,
          poison: [],
          remaining: [0, 0],
          keys: { [keyId]: 16 },
        },
      ],
    });
    expect(readAll(store, new FieldCipher(keyring.without('legacy')))).toEqual(expected);
    expect(store.accesses).toMatchInlineSnapshot(`
     [
       "findProblems",
       "begin",
       "checkpoint",
       "page after -Infinity",
       "page after 2",
       "page after 5",
       "replace to 2",
       "page after 8",
       "replace to 5",
       "page after 9",
       "replace to 8",
       "replace to 9",
       "endPass",
       "count",
       "count",
       "count",
     ]
    `);
  });

  it('does nothing when it is run again', async () => {
    const store = storeOf(texts, cipher);
    const rows = structuredClone(store.rows);
    expect(await run(store)).toMatchObject({ complete: true, targets: [{ replaced: 0 }] });
    expect(store.rows).toEqual(rows);
  });

  it('writes nothing in a dry run, and says what it would do', async () => {
    const store = storeOf(texts);
    const rows = structuredClone(store.rows);
    const report = await run(store, { dryRun: true });
    expect(report).toMatchObject({ dryRun: true, complete: false, targets: [{ replaced: 10, remaining: [16] }] });
    expect(store.rows).toEqual(rows);
    expect(store.accesses.filter((access) => /begin|replace|endPass|checkpoint/.test(access))).toEqual([]);
  });

  it('waits between the two counts', async () => {
    const store = storeOf(texts);
    let settledAfter: string[] = [];
    await run(store, {
      settle: () => {
        settledAfter = [...store.accesses];
        return Promise.resolve();
      },
    });
    expect(settledAfter.at(-1)).toBe('count');
    expect(store.accesses.slice(settledAfter.length)).toEqual(['count']);
  });

  it('fails the gate when somebody still writes with the old key after the first count', async () => {
    const store = storeOf(texts);
    const report = await run(store, {
      settle: () => {
        store.rows.set(99, encrypted(oldCipher, 99, ['late', null]));
        return Promise.resolve();
      },
    });
    expect(report).toMatchObject({ complete: false, targets: [{ remaining: [0, 1], poisonCount: 0 }] });
  });

  it('lists what cannot be decrypted, leaves it as it is, and replaces its neighbours', async () => {
    const store = storeOf(texts);
    const unknown = new FieldCipher(Keyring.create());
    store.rows.set(2, ['never encrypted', store.rows.get(2)?.[1] ?? null]);
    store.rows.set(4, [unknown.encrypt('x', place(4, 'phone')), null]);
    store.rows.set(6, [store.rows.get(5)?.[0]?.replace(/.$/, '') ?? null, null]);
    const report = await run(store);
    expect(report.complete).toBe(false);
    expect(report.targets[0]).toMatchObject({
      remaining: [3, 3],
      poisonCount: 3,
      poison: [
        { primaryKey: ['2'], column: 'phone', reason: 'malformed' },
        { primaryKey: ['4'], column: 'phone', reason: 'unknown key', keyId: unknown.keyring.active },
        { primaryKey: ['6'], column: 'phone', reason: 'malformed' },
      ],
    });
    expect(store.rows.get(2)).toEqual(['never encrypted', expect.stringMatching(`^nv1:${keyId}:`)]);
    expect(store.rows.get(5)?.[0]).toMatch(`nv1:${keyId}:`);
  });

  it('gives up after ten passes when somebody overtakes it each time', async () => {
    const store = storeOf(texts);
    store.interfere = (access) => {
      if (access.startsWith('replace')) {
        store.rows.set(1, encrypted(oldCipher, 1, [String(Math.random()), null]));
      }
    };
    const report = await run(store);
    expect(report).toMatchObject({ complete: false, targets: [{ replaced: 9, overtaken: 10 }] });
  });

  it('reports progress in values, with the number that is to be done', async () => {
    const told: unknown[] = [];
    await run(storeOf(texts), {
      progress: {
        start: (target, values) => told.push([target, values]),
        add: (values) => told.push(values),
        end: () => told.push('end'),
      },
    });
    expect(told).toEqual([['memory users', 16], 5, 5, 5, 1, 'end']);
  });

  it('fails without a new key, before it looks at a store', async () => {
    const store = storeOf(texts);
    await expect(run(store, { cipher: oldCipher })).rejects.toThrow(
      'ENCRYPTION_KEYRING.active: there is no new key to encrypt with, got legacy',
    );
    expect(store.accesses).toEqual([]);
  });

  it('fails with the problems of all stores at once, before it changes one', async () => {
    const problem = { path: 'p', what: 'wrong', got: 'g', allowed: 'a', fix: 'f' };
    const stores = [storeOf(texts), storeOf(texts), storeOf(texts)];
    stores[1]?.problems.push(problem);
    stores[2]?.problems.push({ ...problem, path: 'q', forbidden: true });
    await expect(reencrypt(stores, { cipher, settle })).rejects.toThrow(/has 2 problems\n {2}p: .*\n {2}q: /);
    expect(stores.flatMap(({ accesses }) => accesses)).toEqual(['findProblems', 'findProblems', 'findProblems']);
  });

  it('fails in another way where only rights are missing', async () => {
    const store = storeOf(texts);
    store.problems.push({ path: 'p', what: 'no right', got: 'g', allowed: 'a', fix: 'grant it', forbidden: true });
    await expect(run(store)).rejects.toThrow(StoreForbiddenError);
  });
});

describe('reencrypt under writers and crashes', () => {
  const operation = fc.record({
    key: fc.nat(14),
    text: fc.option(fc.string({ maxLength: 5 })),
    with: fc.constantFrom('old', 'new', 'delete'),
  });

  /** Applies a write of the application, and remembers what every reader must find from now on. */
  function write(
    store: MemoryStore,
    expected: Map<number, string | null>,
    operation_: typeof operation extends fc.Arbitrary<infer T> ? T : never,
  ): void {
    const { key, text } = operation_;
    if (operation_.with === 'delete') {
      store.rows.delete(key);
      expected.delete(key);
      return;
    }
    store.rows.set(key, encrypted(operation_.with === 'old' ? oldCipher : cipher, key, [text, null]));
    expected.set(key, text);
  }

  const found = (store: MemoryStore) =>
    new Map([...store.rows].map(([key, [value]]) => [key, value ? cipher.decrypt(value, place(key, 'phone')) : null]));

  it('loses no write, whoever writes and wherever it is killed, and ends when it is started again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 15 }),
        fc.array(fc.tuple(fc.nat(12), fc.array(operation, { maxLength: 3 }), fc.boolean()), { maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (initial, interferences, batchSize) => {
          const store = new MemoryStore(keyId, columns, new Map());
          const expected = new Map<number, string | null>();
          initial.forEach((each) => {
            write(store, expected, each);
          });
          for (const [at, writes, crash] of interferences) {
            let accesses = 0;
            store.interfere = () => {
              if (accesses++ === at) {
                writes.forEach((each) => {
                  write(store, expected, each);
                });
                if (crash) {
                  throw new Error('killed');
                }
              }
            };
            await run(store, { batchSize }).catch((error: unknown) => {
              expect(error).toEqual(new Error('killed'));
            });
            expect(found(store)).toEqual(expected);
          }
          store.interfere = () => undefined;
          const report = await run(store, { batchSize });
          expect(found(store)).toEqual(expected);
          expect(report).toMatchObject({ complete: true, targets: [{ remaining: [0, 0] }] });
        },
      ),
    );
  });

  it('goes on at the checkpoint, and looks at the beginning again only when something is left there', async () => {
    const store = storeOf(Array.from({ length: 9 }, (_, key) => [`phone ${key}`, null]));
    store.interfere = (access) => {
      if (access === 'replace to 5') {
        throw new Error('killed');
      }
    };
    await expect(run(store)).rejects.toThrow('killed');
    expect(store.checkpointKey).toBe(2);
    store.interfere = () => undefined;
    store.accesses.length = 0;
    expect(await run(store)).toMatchObject({ complete: true, targets: [{ replaced: 6 }] });
    expect(store.accesses.filter((access) => access.startsWith('page'))).toEqual([
      'page after 2',
      'page after 5',
      'page after 8',
    ]);
  });
});
