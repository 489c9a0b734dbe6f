import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogDetector } from '../../lib/scanning/catalog-detector';
import { historyFiles, unreachable } from '../../lib/scanning/history-files';
import { Repository } from '../../lib/scanning/repository';
import { type ScannedFile, scanFiles, type ScanResult } from '../../lib/scanning/scan';
import { objectFiles, workTreeFiles } from '../../lib/scanning/scanned-files';

const nothingKnown = { has: () => false, add: () => undefined };

describe('the files of a repository', () => {
  let folder: string;
  const secret = randomBytes(32).toString('hex');
  const line = `JWT_SECRET=${secret}\n`;

  function git(...argumentList: string[]): string {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'protocol.file.allow=always'];
    return execFileSync('git', ['-C', folder, ...identity, ...argumentList], { encoding: 'utf8', stdio: 'pipe' });
  }

  function write(name: string | Buffer, content: string | Buffer = line): void {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]), content);
  }

  async function scan(files: AsyncIterable<ScannedFile>): Promise<ScanResult & { paths: string[] }> {
    const result = await scanFiles(files, [new CatalogDetector(new Map())], nothingKnown);
    return { ...result, paths: result.findings.map(({ path }) => path) };
  }

  async function scanWorkTree(): Promise<ScanResult & { paths: string[] }> {
    const repository = await Repository.open(folder);
    return await scan(workTreeFiles(repository.root, await repository.workTree()));
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'work-tree-'));
    git('init', '--quiet', '--initial-branch', 'main');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are none in an empty repository', async () => {
    const repository = await Repository.open(folder);
    expect([await repository.workTree(), await repository.staged(), await historyFiles(repository)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('fails outside of a repository, and in a bare one', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    await expect(Repository.open(folder)).rejects.toThrow('not a git repository');
    git('init', '--quiet', '--bare');
    await expect(Repository.open(folder)).rejects.toThrow('must be run in a work tree');
  });

  it('are those that are tracked, changed or new, not those that are ignored or gone', async () => {
    ['tracked', 'changed', 'gone'].forEach((name) => {
      write(name, name === 'changed' ? 'nothing\n' : line);
    });
    git('add', '.');
    rmSync(join(folder, 'gone'));
    ['changed', 'new', 'ignored'].forEach((name) => {
      write(name);
    });
    write('.gitignore', 'ignored\n');
    expect((await scanWorkTree()).paths).toEqual(['changed', 'new', 'tracked']);
  });

  it('are read with names that are not UTF-8, or hold line ends', async () => {
    write(Buffer.from([0x61, 0xff, 0x62]));
    write('two\nlines');
    git('add', '.');
    expect((await scanWorkTree()).paths).toEqual(['a\\xffb', 'two\\x0alines']);
    const repository = await Repository.open(folder);
    const staged = await scan(objectFiles(repository.root, await repository.staged()));
    expect(staged.paths).toEqual(['a\\xffb', 'two\\x0alines']);
  });

  it('do not lead through symbolic links, in circles or out of the repository', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'file'), line);
    mkdirSync(join(folder, 'inside'));
    write('inside/file');
    git('add', '.');
    rmSync(join(folder, 'inside'), { recursive: true });
    symlinkSync(outside, join(folder, 'inside'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync(join(outside, 'file'), join(folder, 'link'));
    git('add', 'loop', 'link');
    expect((await scanWorkTree()).paths).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it('of a merge with conflicts are read as they are on disk', async () => {
    write('file', 'nothing\n');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
    git('switch', '--quiet', '--create', 'other');
    write('file', 'other\n');
    git('commit', '--quiet', '--all', '--message', 'second');
    git('switch', '--quiet', 'main');
    write('file');
    git('commit', '--quiet', '--all', '--message', 'third');
    expect(() => git('merge', 'other')).toThrow();
    expect((await scanWorkTree()).paths).toEqual(['file']);
    expect(await (await Repository.open(folder)).staged()).toEqual([]);
  });

  it('do not include those of a submodule', async () => {
    const other = mkdtempSync(join(tmpdir(), 'submodule-'));
    execFileSync('git', ['init', '--quiet', other]);
    writeFileSync(join(other, 'file'), line);
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
    execFileSync('git', ['-C', other, 'add', '.']);
    execFileSync('git', ['-C', other, ...identity, 'commit', '--quiet', '--message', 'first']);
    git('submodule', '--quiet', 'add', other, 'sub');
    expect((await scanWorkTree()).paths).toEqual([]);
    rmSync(other, { recursive: true });
  });

  it('of the history are found by a name, and without one where nothing leads to them', async () => {
    write('file');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
    write('lost', `${line}\n`);
    git('hash-object', '-w', 'lost');
    const repository = await Repository.open(folder);
    const { paths } = await scan(objectFiles(repository.root, await historyFiles(repository)));
    expect(paths).toEqual([unreachable, 'file']);
  });

  it('are read as UTF-16 with a byte order mark, and counted where they are no text', async () => {
    write('utf16.env', Buffer.from(`\ufeff${line}`, 'utf16le'));
    write('binary', Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(line)]));
    const { paths, files, binary } = await scanWorkTree();
    expect([paths, files, binary]).toEqual([['utf16.env'], 2, 1]);
  });

  it('of 100 MB take little memory, and each secret is found once and in its line', async () => {
    const filler = `${'the quick brown fox jumps over the lazy dog '.repeat(23)}\n`;
    const lines = Array.from({ length: 100_000 }, (_, index) => (index % 20_000 === 19_999 ? line : filler));
    write('large.log', lines.join(''));
    lines.length = 0;
    let peak = 0;
    const before = process.memoryUsage().rss;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const { findings } = await scanWorkTree();
    clearInterval(timer);
    expect(findings.map((finding) => finding.line)).toEqual([20_000, 40_000, 60_000, 80_000, 100_000]);
    expect(peak - before).toBeLessThan(150 * 1024 * 1024);
  });
});
