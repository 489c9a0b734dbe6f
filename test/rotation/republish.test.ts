import { publishedState, republish } from '../../lib/rotation/republish';
import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { FakeVault } from '../support/fake-vault';

type Values = Readonly<Record<string, string>>;

const published = {
  path: 'shop/web',
  fields: ['key', 'key_previous'],
  version: 2,
  previousVersion: 1,
  label: 'r.sign',
};

describe('publishing old values again', () => {
  let vault: FakeVault;
  let client: VaultClient;
  let patched: unknown[];

  async function start(versions: Readonly<Record<number, Values>>, current: number): Promise<KvEngine> {
    patched = [];
    const answer = (version: number) => () => ({ data: versions[version], metadata: { version } });
    vault = await FakeVault.start({
      'GET secret/data/shop/web': answer(current),
      ...Object.fromEntries(
        Object.keys(versions).map((version) => [
          `GET secret/data/shop/web?version=${version}`,
          answer(Number(version)),
        ]),
      ),
      ...(versions[1] ? {} : { 'GET secret/data/shop/web?version=1': 404 }),
      'PATCH secret/data/shop/web': (body) => {
        patched.push(body);
        return { version: current + 1 };
      },
    });
    client = new VaultClient(vault.connection);
    return new KvEngine(client, 'secret');
  }

  afterEach(async () => {
    await client.close();
    await vault.stop();
  });

  const before = { key: 'one', key_previous: 'zero', other: 'x' };
  const after = { key: 'two', key_previous: 'one', other: 'x' };

  test('writes these fields only, over the version that was looked at', async () => {
    const kv = await start({ 1: before, 2: after, 3: { ...after, other: 'changed since' } }, 3);
    expect(await publishedState(kv, published)).toEqual({ values: 'new', version: 3 });
    expect(await republish(kv, published)).toBe(4);
    expect(patched).toEqual([{ options: { cas: 3 }, data: { key: 'one', key_previous: 'zero' } }]);
  });

  test('does nothing twice', async () => {
    const kv = await start({ 1: before, 2: after, 3: before }, 3);
    expect(await publishedState(kv, published)).toEqual({ values: 'old', version: 3 });
    expect(await republish(kv, published)).toBe(3);
    expect(patched).toEqual([]);
  });

  test('leaves what somebody else has written since', async () => {
    const kv = await start({ 1: before, 2: after, 3: { ...after, key: 'theirs' } }, 3);
    expect(await publishedState(kv, published)).toEqual({ values: 'other', version: 3 });
    expect(await republish(kv, published)).toBeUndefined();
    expect(patched).toEqual([]);
  });

  test('keeps a field that did not exist before, so that it can still be delivered', async () => {
    const kv = await start({ 1: { key: 'one' }, 2: after }, 2);
    expect(await republish(kv, published)).toBe(3);
    expect(patched).toEqual([{ options: { cas: 2 }, data: { key: 'one' } }]);
  });

  test('says when the old version is gone', async () => {
    const kv = await start({ 2: after }, 2);
    expect(await publishedState(kv, published)).toEqual({ values: 'new', version: 2 });
    expect(await republish(kv, published)).toBeUndefined();
    expect(patched).toEqual([]);
  });
});
