import { Readable } from 'node:stream';
import type { Candidate, Detector } from '../../lib/scanning/detector';
import { inMemory } from '../../lib/scanning/git-objects';
import { type KnownClean, scanFiles, type ScannedFile, type ScanResult } from '../../lib/scanning/scan';
import { SecretValue } from '../../lib/values/secret-value';

/** Finds each place of a word, under a rule of its own name. */
function finds(name: string, word: string, more: Partial<Candidate> = {}): Detector {
  return {
    name,
    version: '1',
    find: ({ text }) =>
      [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => ({
        rule: `${name}-rule`,
        start: index,
        value: new SecretValue(word),
        ...more,
      })),
  };
}

/** Nothing is clean at first. */
class Notes implements KnownClean {
  readonly clean = new Set<string>();

  has(blob: string, path: string): boolean {
    return this.clean.has(`${blob} ${path}`);
  }

  add(blob: string, path: string): void {
    this.clean.add(`${blob} ${path}`);
  }
}

interface Options {
  readonly notes?: Notes;
  /** Id of the object of each file that has one. */
  readonly blobs?: Readonly<Record<string, string>>;
  readonly onFile?: () => void;
}

async function scan(
  files: Readonly<Record<string, string | Buffer>>,
  detectors: readonly Detector[],
  { notes = new Notes(), blobs = {}, onFile }: Options = {},
): Promise<ScanResult> {
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
  const stream = async function* (): AsyncGenerator<ScannedFile> {
    for (const [path, content] of Object.entries(files)) {
      const blob = blobs[path];
      yield { path, content: inMemory(Buffer.from(content)), ...(blob !== undefined && { blob }) };
    }
  };
  return await scanFiles(stream(), detectors, notes, onFile);
}

const places = ({ findings }: ScanResult): string[] =>
  findings.map(({ path, line, column, rule }) => `${path}:${line}:${column} ${rule}`);

describe('scanFiles', () => {
  it('says where each secret is, by path, line and column', async () => {
    const files = { b: 'word', 'a\\x0ab': 'é 🔑 word\n\nword word', a: 'x\r\nword' };
    expect(places(await scan(files, [finds('one', 'word')]))).toEqual([
      'a:2:1 one-rule',
      'a\\x0ab:1:6 one-rule',
      'a\\x0ab:3:1 one-rule',
      'a\\x0ab:3:6 one-rule',
      'b:1:1 one-rule',
    ]);
  });

  it('reports once what several detectors find, as the first of them sees it', async () => {
    const detectors = [
      finds('one', 'secret word', { field: 'shop.word' }),
      finds('two', 'word'),
      finds('three', 'cret'),
    ];
    const { findings } = await scan({ a: 'a secret word, a word' }, detectors);
    expect(findings.map(({ column, rule, field, detectors: names }) => [column, rule, field, names])).toEqual([
      [3, 'one-rule', 'shop.word', ['one', 'two', 'three']],
      [18, 'two-rule', undefined, ['two']],
    ]);
  });

  it('reports two secrets side by side as two', async () => {
    const detectors = [finds('one', 'first'), finds('two', 'second')];
    for (const ordered of [detectors, detectors.toReversed()]) {
      expect(places(await scan({ a: 'firstsecond' }, ordered))).toEqual(['a:1:1 one-rule', 'a:1:6 two-rule']);
    }
  });

  it('names a detector once that finds parts of the same secret', async () => {
    const { findings } = await scan({ a: 'a  a' }, [finds('one', 'a  a'), finds('two', 'a')]);
    expect(findings.map(({ detectors }) => detectors)).toEqual([['one', 'two']]);
  });

  it('finds each secret of 100 MB once, wherever the file is cut, in little memory', async () => {
    const lines = `${'the quick brown fox jumps over the lazy dog\n'.repeat(499)}a word in it\n`;
    const part = Buffer.from(lines.repeat(46));
    const before = process.memoryUsage().rss;
    let peak = before;
    // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
    const content = async function* (): AsyncGenerator<Buffer> {
      for (let count = 0; count < 100; count += 1) {
        yield part;
        peak = Math.max(peak, process.memoryUsage().rss);
      }
    };
    const files = Readable.from([{ path: 'large.log', content: content() }]);
    const { findings } = await scanFiles(files, [finds('one', 'word'), finds('two', 'a word in')], new Notes());
    expect(findings.map(({ line }) => line)).toEqual(Array.from({ length: 4600 }, (_, index) => (index + 1) * 500));
    expect(new Set(findings.map(({ detectors }) => detectors.join()))).toEqual(new Set(['one,two']));
    expect(peak - before).toBeLessThan(60 * 1024 * 1024);
  });

  it('counts the files and those that are binary, reads UTF-16, and tells of each when it is done', async () => {
    const onFile = jest.fn();
    const utf16 = Buffer.from('\ufeffword', 'utf16le');
    const files = { empty: '', text: 'none', binary: Buffer.from('word\0'), utf16 };
    const result = await scan(files, [finds('one', 'word')], { onFile });
    expect([result.files, result.binary, places(result)]).toEqual([4, 1, ['utf16:1:1 one-rule']]);
    expect(onFile).toHaveBeenCalledTimes(4);
  });

  it('shows the value in no form in which a result is printed', async () => {
    const result = await scan({ a: 'word' }, [finds('one', 'word')]);
    expect(JSON.stringify(result)).not.toContain('word');
    expect(result.findings[0]?.value.reveal()).toBe('word');
  });

  it('notes as clean what is text, has an id and no finding, and does not look into it again', async () => {
    const notes = new Notes();
    const files = { clean: 'none', dirty: 'word', binary: '\0', 'without id': 'none' };
    const blobs = { clean: '1', dirty: '2', binary: '3' };
    const first = await scan(files, [finds('one', 'word')], { notes, blobs });
    expect([[...notes.clean], first.findings[0]?.blob]).toEqual([['1 clean'], '2']);
    const looked: string[] = [];
    const watcher: Detector = { name: 'watcher', version: '1', find: ({ path }) => (looked.push(path), []) };
    expect((await scan(files, [watcher], { notes, blobs })).files).toBe(4);
    expect(looked).toEqual(['dirty', 'without id']);
  });

  it('looks at several files side by side', async () => {
    let [running, most] = [0, 0];
    const slow: Detector = {
      name: 'slow',
      version: '1',
      find: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        return [];
      },
    };
    await scan(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`file ${index}`, 'text'])), [slow]);
    expect(most).toBe(8);
  });

  it('fails where a detector or the reading of a file does', async () => {
    const broken: Detector = { name: 'broken', version: '1', find: () => Promise.reject(new Error('it broke')) };
    await expect(scan({ a: 'text' }, [finds('one', 'word'), broken])).rejects.toThrow('it broke');
    // eslint-disable-next-line @typescript-eslint/require-await -- what comes is the failure
    const files = async function* (): AsyncGenerator<ScannedFile> {
      throw new Error('it cannot be read');
    };
    await expect(scanFiles(files(), [], new Notes())).rejects.toThrow('it cannot be read');
  });
});
