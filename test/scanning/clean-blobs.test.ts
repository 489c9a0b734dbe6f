import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CleanBlobs } from '../../lib/scanning/clean-blobs';
import type { Detector } from '../../lib/scanning/detector';
import { inMemory } from '../../lib/scanning/git-objects';
import { scanFiles, type ScannedFile } from '../../lib/scanning/scan';
import { SecretValue } from '../../lib/values/secret-value';

const before = process.env.NIVESH_SECRETS_CACHE;
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'clean-'));
  process.env.NIVESH_SECRETS_CACHE = cache;
});

afterEach(() => {
  rmSync(cache, { recursive: true });
  process.env.NIVESH_SECRETS_CACHE = before;
  if (before === undefined) {
    Reflect.deleteProperty(process.env, 'NIVESH_SECRETS_CACHE');
  }
});

async function saved(): Promise<void> {
  const clean = await CleanBlobs.open('/repository', ['rules 1']);
  clean.add('blob', 'folder/a.env');
  await clean.save();
}

test('what was clean is known to the next scan, by content and name, in whatever folder', async () => {
  await saved();
  const clean = await CleanBlobs.open('/repository', ['rules 1']);
  expect([clean.has('blob', 'folder/a.env'), clean.has('blob', 'other/a.env')]).toEqual([true, true]);
  expect([clean.has('blob', 'a.json'), clean.has('other', 'folder/a.env')]).toEqual([false, false]);
});

test('nothing is known after the rules changed, nor in another repository', async () => {
  await saved();
  expect((await CleanBlobs.open('/repository', ['rules 2'])).has('blob', 'folder/a.env')).toBe(false);
  expect((await CleanBlobs.open('/repository', ['rules', '1'])).has('blob', 'folder/a.env')).toBe(false);
  expect((await CleanBlobs.open('/other', ['rules 1'])).has('blob', 'folder/a.env')).toBe(false);
});

test('a file that is damaged is not gone by, and a cache that cannot be written is no failure', async () => {
  await saved();
  const file = join(cache, 'scanning', readdirSync(join(cache, 'scanning'))[0] ?? '');
  const whole = readFileSync(file);
  truncateSync(file, whole.length - 1);
  expect((await CleanBlobs.open('/repository', ['rules 1'])).has('blob', 'folder/a.env')).toBe(false);
  writeFileSync(file, Buffer.concat([Buffer.alloc(32), whole.subarray(32)]));
  expect((await CleanBlobs.open('/repository', ['rules 1'])).has('blob', 'folder/a.env')).toBe(false);
  process.env.NIVESH_SECRETS_CACHE = join(file, 'no-folder');
  await expect(saved()).resolves.toBeUndefined();
});

test('a content with a finding is looked at again each time, so that the baseline may change', async () => {
  const detector: Detector = {
    name: 'words',
    version: '1',
    find: ({ text }) => (text === 'bad' ? [{ rule: 'bad', start: 0, value: new SecretValue(text) }] : []),
  };
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
  const files = async function* (): AsyncGenerator<ScannedFile> {
    yield { path: 'a', blob: '1', content: inMemory(Buffer.from('bad')) };
    yield { path: 'b', blob: '2', content: inMemory(Buffer.from('good')) };
    yield { path: 'c', blob: '3', content: inMemory(Buffer.from('\0')) };
  };
  const clean = await CleanBlobs.open('/repository', ['rules 1']);
  for (let run = 0; run < 2; run += 1) {
    const { findings, binary } = await scanFiles(files(), [detector], clean);
    expect([findings.map(({ path }) => path), binary]).toEqual([['a'], 1]);
  }
  expect([clean.has('1', 'a'), clean.has('2', 'b'), clean.has('3', 'c')]).toEqual([false, true, false]);
});
