import { introductionsOf } from '../../lib/scanning/introductions';
import { emptyRepository } from './support/git-repository';

describe('introductionsOf', () => {
  const repository = emptyRepository();

  afterEach(() => {
    delete process.env.GIT_COMMITTER_DATE;
  });

  /** Messages of the commits that brought contents in. */
  async function introduced(...blobs: string[]): Promise<(string | undefined)[]> {
    const found = await introductionsOf(repository().root, new Set(blobs));
    return blobs.map((blob) => {
      const commit = found.get(blob)?.commit;
      return commit && repository().git('show', '--no-patch', '--format=%s', commit);
    });
  }

  it('names the commit and its time, with the offset of who made it', async () => {
    process.env.GIT_COMMITTER_DATE = '2026-01-31T23:30:00+05:30';
    const blob = repository().commitFile('file', 'content');
    expect(Object.fromEntries(await introductionsOf(repository().root, new Set([blob])))).toEqual({
      [blob]: { commit: repository().git('rev-parse', 'HEAD'), time: '2026-01-31T23:30:00+05:30' },
    });
  });

  it('takes the first commit of a content that was removed, came back and was renamed', async () => {
    const first = repository().commitFile('ü file\nof two lines', 'content', 'first');
    const second = repository().commitFile('ü file\nof two lines', 'changed', 'second');
    repository().commitFile('ü file\nof two lines', 'content', 'back');
    repository().git('mv', 'ü file\nof two lines', 'renamed');
    repository().commit('renamed');
    repository().git('rm', '--quiet', 'renamed');
    repository().commit('gone');
    expect(await introduced(first, second)).toEqual(['first', 'second']);
  });

  it('takes the commit that others follow, on whatever branches and whatever the clocks say', async () => {
    repository().commit('nothing');
    process.env.GIT_COMMITTER_DATE = '2026-06-01T00:00:00Z';
    const blob = repository().commitFile('file', 'content', 'first');
    repository().git('switch', '--quiet', '--create', 'other');
    process.env.GIT_COMMITTER_DATE = '2026-05-01T00:00:00Z';
    repository().commitFile('copy', 'content', 'copied');
    expect(await introduced(blob)).toEqual(['first']);
  });

  it('finds what came in with the resolution of a merge', async () => {
    repository().commitFile('file', 'base');
    repository().git('switch', '--quiet', '--create', 'other');
    repository().commitFile('file', 'theirs');
    repository().git('switch', '--quiet', 'main');
    repository().commitFile('file', 'ours');
    expect(() => repository().git('merge', 'other')).toThrow('Command failed');
    expect(await introduced(repository().commitFile('file', 'both', 'merged'))).toEqual(['merged']);
  });

  it('finds what only a tag, a stash or the reflog leads to', async () => {
    repository().commitFile('file', 'content', 'first');
    const tagged = repository().commitFile('file', 'tagged', 'tagged');
    repository().git('tag', 'v1');
    repository().git('reset', '--quiet', '--hard', 'HEAD~1');
    const reset = repository().commitFile('file', 'reset', 'reset');
    repository().git('reset', '--quiet', '--hard', 'HEAD~1');
    repository().write('file', 'stashed');
    repository().git('stash', 'push', '--message', 'later');
    expect(await introduced(tagged, reset, repository().blob('stash:file'))).toEqual([
      'tagged',
      'reset',
      'On main: later',
    ]);
  });

  it('has no entry for what is only staged or stray, and none in an empty repository', async () => {
    const stray = repository().strayObject('stray');
    expect(await introduced(stray)).toEqual([undefined]);
    repository().commit();
    repository().write('staged', 'staged');
    repository().git('add', 'staged');
    expect(await introduced(stray, repository().blob(':staged'))).toEqual([undefined, undefined]);
  });

  it.each(['log.showRoot=false', 'core.quotePath=false', 'color.ui=always', 'log.follow=true', 'diff.renames=copies'])(
    'does not depend on the setting %s',
    async (setting) => {
      const blobs = [repository().commitFile('é', 'content', 'first'), repository().commitFile('b', 'more', 'second')];
      const [name = '', value = ''] = setting.split('=');
      repository().git('config', name, value);
      expect(await introduced(...blobs)).toEqual(['first', 'second']);
    },
  );

  it('takes the oldest commit of a shallow clone for what came earlier', async () => {
    const blob = repository().commitFile('file', 'content', 'first');
    repository().commit('second');
    const clone = repository().clone('--depth', '1');
    const found = await introductionsOf(clone.root, new Set([blob]));
    expect(found.get(blob)?.commit).toBe(repository().git('rev-parse', 'HEAD'));
    clone.dispose();
  });
});
