import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CacheEntry, cacheFolder } from '../../../lib/embedded/toolchain/cache';
import { silentReporter } from '../../../lib/embedded/reporter';
import { RecordingReporter } from '../support/reporter';
import { temporaryFolder } from '../support/temporary';

describe('cacheFolder', () => {
  it.each([
    [{ NIVESH_SECRETS_CACHE: '/own', XDG_CACHE_HOME: '/shared' }, '/own'],
    [{ NIVESH_SECRETS_CACHE: '', XDG_CACHE_HOME: '/shared' }, '/shared/nivesh-secrets'],
    [{}, join(homedir(), '.cache', 'nivesh-secrets')],
  ])('for %j is %s', (environment, folder) => {
    expect(cacheFolder(environment)).toBe(folder);
  });
});

describe('CacheEntry', () => {
  const root = temporaryFolder();
  const content = 'an executable';

  function entry(): CacheEntry {
    return new CacheEntry(root(), 'tool', 'key');
  }

  async function make(binary: string): Promise<void> {
    await writeFile(binary, content);
  }

  it('makes what is missing, executable, and uses it from then on', async () => {
    expect(await entry().problem()).toBe('missing');
    expect(await entry().ensure(make, silentReporter)).toBe('made');
    expect(statSync(entry().binary).mode & 0o111).toBe(0o111);
    expect(await entry().ensure(() => Promise.reject(new Error('made twice')), silentReporter)).toBe('cache');
    expect(readdirSync(join(root(), 'tool'))).toEqual(['key']);
  });

  it('is made once by several at a time', async () => {
    let count = 0;
    const slowly = async (binary: string): Promise<void> => {
      count += 1;
      await make(binary);
    };
    const results = await Promise.all([1, 2, 3].map(async () => await entry().ensure(slowly, silentReporter)));
    expect(count).toBe(1);
    expect(results.sort()).toEqual(['cache', 'cache', 'made']);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'a cut file',
      () => {
        writeFileSync(entry().binary, 'an exe');
      },
      /damaged \(6 bytes, not 13\)/,
    ],
    [
      'other content of the same size',
      () => {
        writeFileSync(entry().binary, 'an executaBLE');
        utimesSync(entry().binary, 1, 1);
      },
      /damaged \(its checksum/,
    ],
    [
      'a missing record',
      () => {
        rmSync(join(entry().folder, 'record.json'));
      },
      /incomplete \(no record/,
    ],
    [
      'a record that is no JSON',
      () => {
        writeFileSync(join(entry().folder, 'record.json'), '{');
      },
      /incomplete/,
    ],
    [
      'a missing binary',
      () => {
        rmSync(entry().binary);
      },
      /incomplete \(no binary/,
    ],
  ])('is made again after %s, and says so', async (_, damage, reason) => {
    await entry().ensure(make, silentReporter);
    damage();
    const reporter = new RecordingReporter();
    expect(await entry().ensure(make, reporter)).toBe('made');
    expect(reporter.lines).toEqual([expect.stringMatching(reason)]);
    expect(reporter.lines[0]).toContain('making it again');
    expect(await entry().problem()).toBeUndefined();
    expect(readFileSync(entry().binary, 'utf8')).toBe(content);
  });

  it('takes a copy with another time for what it is, by its checksum', async () => {
    await entry().ensure(make, silentReporter);
    utimesSync(entry().binary, 1, 1);
    expect(await entry().problem()).toBeUndefined();
  });

  it('fails with nothing left behind when it cannot be made', async () => {
    const failing = async (binary: string): Promise<void> => {
      await make(binary);
      throw new Error('the compiler failed');
    };
    await expect(entry().ensure(failing, silentReporter)).rejects.toThrow('the compiler failed');
    expect(readdirSync(join(root(), 'tool'))).toEqual([]);
  });

  it('removes what a killed process left half built', async () => {
    mkdirSync(`${entry().folder}.unfinished`, { recursive: true });
    writeFileSync(join(`${entry().folder}.unfinished`, 'tool'), 'half');
    expect(await entry().ensure(make, silentReporter)).toBe('made');
    expect(existsSync(`${entry().folder}.unfinished`)).toBe(false);
    expect(readFileSync(entry().binary, 'utf8')).toBe(content);
  });
});
