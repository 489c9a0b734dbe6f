import { CheckAndSetError, type KvEngine } from '../../lib/vault/kv';

/** What a KV version 2 mount must do, whether it is a real one or the one that unit tests use. */
export function describeKv(name: string, open: () => KvEngine): void {
  describe(name, () => {
    it('keeps every version of a path', async () => {
      const kv = open();
      expect(await kv.state('kv/kept')).toEqual({ version: 0, fields: [], deleted: false });
      expect(await kv.read('kv/kept')).toBeUndefined();
      expect(await kv.metadata('kv/kept')).toBeUndefined();
      expect(await kv.create('kv/kept', { a: '1', b: '1' })).toBe(1);
      expect(await kv.patch('kv/kept', 1, { b: '2' })).toBe(2);
      expect(await kv.state('kv/kept')).toEqual({ version: 2, fields: ['a', 'b'], deleted: false });
      expect(await kv.read('kv/kept')).toEqual({ version: 2, data: { a: '1', b: '2' } });
      expect(await kv.readVersion('kv/kept', 1)).toEqual({ version: 1, data: { a: '1', b: '1' } });
      expect(await kv.readVersion('kv/kept', 3)).toBeUndefined();
      const metadata = await kv.metadata('kv/kept');
      expect(metadata?.versions.map(({ version, deleted }) => [version, deleted])).toEqual([
        [1, false],
        [2, false],
      ]);
      expect(Math.abs(Date.now() - (metadata?.createdAt.getTime() ?? 0))).toBeLessThan(60_000);
      expect(metadata?.versions[1]?.createdAt.getTime()).toBeGreaterThanOrEqual(metadata?.createdAt.getTime() ?? NaN);
    });

    it('fails where the version is not the one that was looked at', async () => {
      const kv = open();
      await kv.create('kv/cas', { a: '1' });
      await kv.patch('kv/cas', 1, { a: '2' });
      await expect(kv.create('kv/cas', { a: '3' })).rejects.toThrow(CheckAndSetError);
      await expect(kv.patch('kv/cas', 1, { a: '3' })).rejects.toThrow(CheckAndSetError);
      await expect(kv.writeDocument('kv/cas', 1, { a: '3' })).rejects.toThrow(CheckAndSetError);
      expect(await kv.read('kv/cas')).toEqual({ version: 2, data: { a: '2' } });
    });

    it('keeps documents, and the version of one that was deleted', async () => {
      const kv = open();
      expect(await kv.readDocument('kv/document')).toEqual({ version: 0, document: undefined });
      expect(await kv.writeDocument('kv/document', 0, { list: [{ number: 1, flag: true }] })).toBe(1);
      expect(await kv.writeDocument('kv/document', 1, { list: [] })).toBe(2);
      expect(await kv.readDocument('kv/document')).toEqual({ version: 2, document: { list: [] } });
      await kv.client.delete(`${kv.mount}/data/kv/document`);
      expect(await kv.readDocument('kv/document')).toEqual({ version: 2, document: undefined });
      expect(await kv.readVersion('kv/document', 2)).toBeUndefined();
      expect((await kv.state('kv/document')).deleted).toBe(true);
      expect((await kv.metadata('kv/document'))?.versions.map(({ deleted }) => deleted)).toEqual([false, true]);
      expect(await kv.writeDocument('kv/document', 2, { list: [1] })).toBe(3);
    });

    it('fails on a value that is not there', async () => {
      await expect(open().patch('kv/none', 0, { a: '1' })).rejects.toMatchObject({ status: 404 });
    });
  });
}
