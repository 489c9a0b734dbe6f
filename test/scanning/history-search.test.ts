import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchHistory } from '../../lib/scanning/history-search';
import { SecretValue } from '../../lib/values/secret-value';

const folder = mkdtempSync(join(tmpdir(), 'history-'));
const leaked = randomBytes(24).toString('base64');
const value = new SecretValue(leaked);

function git(...argumentList: string[]): string {
  return execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...argumentList], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

function commit(file: string, content: string | Buffer, message = file): string {
  writeFileSync(join(folder, file), content);
  git('add', file);
  git('commit', '-m', message);
  return git('rev-parse', 'HEAD');
}

async function places(): Promise<[string, string[]][]> {
  const findings = await searchHistory(folder, value);
  return findings.map(({ type, places: where }) => [type, where.map(({ path }) => path).sort()]);
}

beforeEach(() => {
  git('init', '--quiet', '--initial-branch', 'main');
  commit('readme', 'nothing');
});

afterEach(() => {
  rmSync(join(folder, '.git'), { recursive: true, force: true });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('searchHistory', () => {
  it('finds nothing where there is nothing', async () => {
    expect(await places()).toEqual([]);
  });

  it('finds what a later commit removed, with the commit that brought it in', async () => {
    const bad = commit('.env', `JWT_SECRET=${leaked}\n`);
    commit('.env', 'JWT_SECRET=\n');
    const [found] = await searchHistory(folder, value);
    expect(found?.places.map((place) => [place.commit === bad, place.path])).toEqual([
      [true, '.env'],
      [false, '.env'],
    ]);
    expect(found?.places[0]?.time).toBeInstanceOf(Date);
  });

  it('names the commits in their order, whatever their clocks said, and the first whatever the settings say', async () => {
    git('config', 'log.showRoot', 'false');
    const [root] = await searchHistory(folder, new SecretValue('nothing'));
    expect(root?.places.map(({ path }) => path)).toEqual(['readme']);

    const bad = commit('.env', leaked);
    const env = { ...process.env, GIT_COMMITTER_DATE: '2001-01-01T00:00:00Z' };
    git('rm', '--quiet', '.env');
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
    execFileSync('git', ['-C', folder, ...author, 'commit', '--quiet', '--message', 'removed'], { env });
    const [found] = await searchHistory(folder, value);
    expect(found?.places.map((place) => place.commit === bad)).toEqual([true, false]);
  });

  it('finds what only a tag or another branch leads to', async () => {
    git('switch', '--quiet', '-c', 'other');
    commit('config', leaked);
    git('tag', 'v1');
    git('switch', '--quiet', 'main');
    git('branch', '-D', 'other');
    expect(await places()).toEqual([['blob', ['config']]]);
  });

  it('finds what no branch and no tag leads to any more', async () => {
    commit('config', leaked);
    git('reset', '--quiet', '--hard', 'HEAD~1');
    expect(await places()).toEqual([['blob', []]]);
  });

  it('finds messages of commits and tags', async () => {
    commit('file', 'nothing', `set ${leaked}`);
    git('tag', '-a', 'v1', '-m', `with ${leaked}`);
    expect((await places()).sort()).toEqual([
      ['commit', ['the message of the commit']],
      ['tag', []],
    ]);
  });

  it.each([
    ['percent-encoded', () => `postgres://a:${encodeURIComponent(leaked)}@b/c`],
    ['in base64', () => Buffer.from(leaked).toString('base64')],
  ])('finds it %s', async (_, write) => {
    commit('file', write());
    expect(await places()).toEqual([['blob', ['file']]]);
  });

  it('finds it wherever a large file is cut', async () => {
    const filler = Buffer.alloc(70_000, 'x');
    for (let shift = 0; shift < 4; shift += 1) {
      commit(`file-${shift}`, Buffer.concat([filler, Buffer.alloc(shift * 9), Buffer.from(leaked), filler]));
    }
    expect(await places()).toHaveLength(4);
  });

  it('fails for a folder that is no repository', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    await expect(searchHistory(folder, value)).rejects.toThrow(/git cannot read .*: not a git repository/);
  });
});
