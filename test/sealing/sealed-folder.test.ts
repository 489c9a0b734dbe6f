import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSealedFolder, sealedPath, writeSealedFiles } from '../../lib/sealing/sealed-folder';
import type { SealedFile } from '../../lib/sealing/sealed-file';

const file = (name: string): SealedFile => ({
  name: `${name}-secret`,
  namespace: 'shop',
  scope: 'strict',
  entries: new Map([['A', { sealed: Buffer.concat([Buffer.from([1, 0]), Buffer.alloc(280)]).toString('base64') }]]),
});

describe('the folder of an environment', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sealed-'));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('is empty before anything was sealed', () => {
    expect(readSealedFolder(root, 'edge').size).toBe(0);
  });

  it('gives back what was written', async () => {
    const files = new Map([
      ['b', file('b')],
      ['a', file('a')],
    ]);
    expect(await writeSealedFiles(root, 'edge', files)).toEqual([
      'environments/sealed/edge/b.yaml',
      'environments/sealed/edge/a.yaml',
    ]);
    const read = readSealedFolder(root, 'edge');
    expect([...read.keys()]).toEqual(['a', 'b']);
    expect(read.get('a')).toEqual({ path: sealedPath('edge', 'a'), file: file('a'), problems: [] });
  });

  it('does not touch a file that would stay the same, and leaves nothing behind', async () => {
    await writeSealedFiles(root, 'edge', new Map([['a', file('a')]]));
    const before = statSync(join(root, sealedPath('edge', 'a')));
    expect(await writeSealedFiles(root, 'edge', new Map([['a', file('a')]]))).toEqual([]);
    expect(statSync(join(root, sealedPath('edge', 'a'))).ino).toBe(before.ino);
    expect(readdirSync(join(root, 'environments/sealed/edge'))).toEqual(['a.yaml']);
  });

  it('fails without changing any file when one of them cannot be written', async () => {
    await writeSealedFiles(root, 'edge', new Map([['a', file('a')]]));
    const text = readFileSync(join(root, sealedPath('edge', 'a')), 'utf8');
    const impossible = new Map([
      ['a', file('changed')],
      ['missing/folder', file('b')],
    ]);
    // A file where a folder has to be.
    writeFileSync(join(root, 'environments/sealed/edge/missing'), '');
    await expect(writeSealedFiles(root, 'edge', impossible)).rejects.toThrow();
    expect(readFileSync(join(root, sealedPath('edge', 'a')), 'utf8')).toBe(text);
    expect(readdirSync(join(root, 'environments/sealed/edge')).sort()).toEqual(['a.yaml', 'missing']);
  });

  it('names what is wrong with a file by its path from the root', () => {
    mkdirSync(join(root, 'environments/sealed/edge'), { recursive: true });
    writeFileSync(join(root, sealedPath('edge', 'a')), 'kind: Secret');
    expect(
      readSealedFolder(root, 'edge')
        .get('a')
        ?.problems.map(({ path }) => path),
    ).toEqual(['environments/sealed/edge/a.yaml']);
  });
});
