import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFiles } from '../lib/replace-files';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'replace-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

it('writes what changed, keeps modes, and leaves nothing behind', async () => {
  writeFileSync(join(root, 'same'), 'same');
  writeFileSync(join(root, 'script'), 'old');
  chmodSync(join(root, 'script'), 0o750);
  const files = { same: 'same', script: 'new', 'a/folder/file': 'made' };
  const before = statSync(join(root, 'same')).ino;
  expect(await replaceFiles(root, new Map(Object.entries(files)))).toEqual(['script', 'a/folder/file']);
  expect(statSync(join(root, 'same')).ino).toBe(before);
  expect(statSync(join(root, 'script')).mode & 0o777).toBe(0o750);
  expect(readFileSync(join(root, 'a/folder/file'), 'utf8')).toBe('made');
  expect(readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([]);
});

it('fails for a file that cannot be prepared, and changes none', async () => {
  writeFileSync(join(root, 'first'), 'old');
  writeFileSync(join(root, 'no-folder'), '');
  const files = { first: 'new', 'no-folder/second': 'new' };
  await expect(replaceFiles(root, new Map(Object.entries(files)))).rejects.toThrow();
  expect(readdirSync(root)).toEqual(['first', 'no-folder']);
  expect(readFileSync(join(root, 'first'), 'utf8')).toBe('old');
});

it('fails for a place that is taken in the meantime, and puts back what was replaced', async () => {
  writeFileSync(join(root, 'first'), 'old');
  const files = new Map([
    ['first', 'new'],
    ['made', 'new'],
  ]);
  // Taken after all texts are on disk, and before the last takes its place.
  Object.defineProperty(files, Symbol.iterator, {
    value: function* () {
      yield ['first', 'new'];
      yield ['made', 'new'];
      yield ['last', 'new'];
      mkdirSync(join(root, 'last'));
    },
  });
  await expect(replaceFiles(root, files)).rejects.toThrow('EISDIR');
  expect(readdirSync(root).sort()).toEqual(['first', 'last']);
  expect(readFileSync(join(root, 'first'), 'utf8')).toBe('old');
});
