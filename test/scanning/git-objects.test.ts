import { randomBytes } from 'node:crypto';
import { chmodSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type GitObject, readObjects } from '../../lib/scanning/git-objects';
import { emptyRepository } from './support/git-repository';

const long = Buffer.alloc(9_000_000, 'a long line\n');

describe('readObjects', () => {
  const repository = emptyRepository();

  async function read(...ids: string[]): Promise<[string, Buffer][]> {
    const objects: [string, Buffer][] = [];
    for await (const { id, content } of readObjects(repository().root, ids)) {
      objects.push([id, await buffer(content)]);
    }
    return objects;
  }

  it('gives whatever bytes the objects hold, in the order asked for and as often', async () => {
    const contents = [
      '',
      '\n',
      'no line end',
      'two\n\nlines\n',
      Buffer.from([0, 0xff, 0x0a, 0]),
      long,
      'after a long one',
    ];
    const asked = contents.map((content, index): [string, Buffer] => [
      repository().commitFile(`file ${index}`, content),
      Buffer.from(content),
    ]);
    asked.push(...asked.slice(0, 2).reverse());
    const objects = await read(...asked.map(([id]) => id));
    expect(objects.map(([id]) => id)).toEqual(asked.map(([id]) => id));
    expect(objects.map(([, content], index) => content.equals(asked[index]?.[1] ?? long))).not.toContain(false);
  });

  it('gives nothing where nothing is asked for', async () => {
    expect(await read()).toEqual([]);
  });

  it('gives the next object after a long one of which only the beginning was read', async () => {
    const ids = [repository().commitFile('long', long), repository().commitFile('short', 'short')];
    const sizes: number[] = [];
    for await (const { content } of readObjects(repository().root, ids)) {
      for await (const chunk of content) {
        sizes.push(chunk.length);
        break;
      }
    }
    expect(sizes).toEqual([expect.any(Number), 5]);
    expect(sizes[0]).toBeLessThan(long.length);
  });

  it('waits with the next object until a long one was read', async () => {
    const ids = [repository().commitFile('long', long), repository().commitFile('short', 'short')];
    const objects = readObjects(repository().root, ids);
    const first = (await objects.next()).value as GitObject;
    let isThere = false;
    const second = objects.next().then((next) => {
      isThere = true;
      return next;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isThere).toBe(false);
    expect((await buffer(first.content)).length).toBe(long.length);
    expect((await second).value).toMatchObject({ id: ids[1] });
    await objects.return(undefined);
  });

  it('gives an object itself, not what "git replace" has put in its place', async () => {
    const id = repository().commitFile('file', 'with a secret');
    repository().git('replace', id, repository().strayObject('harmless'));
    expect(await read(id)).toEqual([[id, Buffer.from('with a secret')]]);
  });

  it('fails for an object that is missing, as in a shallow clone, and says how to get it', async () => {
    const old = repository().commitFile('file', 'old');
    const id = repository().commitFile('file', 'new');
    const clone = repository().clone('--depth', '1');
    const objects = readObjects(clone.root, [id, old]);
    expect((await objects.next()).value).toMatchObject({ id });
    await expect(objects.next()).rejects.toMatchObject({
      message: `the object ${old} is missing or damaged in ${clone.root}`,
      fix: expect.stringMatching(/^fetch the whole history: "git fetch --unshallow"/) as string,
    });
    clone.dispose();
  });

  it.each([
    ['whole', 0, /^the object [0-9a-f]{40} is missing or damaged in /],
    ['end', 50_000, /^git cannot read the objects of /],
  ])('fails for an object of which the %s is lost', async (_, size, message) => {
    const id = repository().commitFile('file', randomBytes(100_000));
    const file = join(repository().root, '.git', 'objects', id.slice(0, 2), id.slice(2));
    chmodSync(file, 0o600);
    truncateSync(file, size);
    await expect(read(id)).rejects.toMatchObject({
      message: expect.stringMatching(message) as string,
      fix: expect.stringMatching(/run "git fsck"/) as string,
    });
  });
});
