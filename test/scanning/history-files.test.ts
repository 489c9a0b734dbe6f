import { historyFiles, unreachable } from '../../lib/scanning/history-files';
import { Repository } from '../../lib/scanning/repository';
import { emptyRepository, GitRepository } from './support/git-repository';

describe('historyFiles', () => {
  const repository = emptyRepository();

  /** Path of each content, by its object. */
  async function history(of = repository()): Promise<Record<string, string>> {
    const files = await historyFiles(await Repository.open(of.root));
    expect(new Set(files.map(({ blob }) => blob)).size).toBe(files.length);
    return Object.fromEntries(files.map(({ blob = '', path }) => [blob, path]));
  }

  it('is nothing in an empty repository', async () => {
    expect(await history()).toEqual({});
  });

  it('has what was changed or removed, and each content once, however often it was renamed', async () => {
    const first = repository().commitFile('old', 'first');
    const second = repository().commitFile('old', 'second');
    repository().git('mv', 'old', 'new');
    repository().commit();
    repository().git('rm', '--quiet', 'new');
    repository().commit();
    expect(await history()).toEqual({ [first]: 'old', [second]: expect.stringMatching(/^(old|new)$/) as string });
  });

  it('has what other branches, tags, stashes and only the reflog lead to', async () => {
    repository().commitFile('file', 'first');
    const expected: Record<string, string> = { [repository().blob('HEAD:file')]: 'file' };
    repository().git('switch', '--quiet', '--create', 'other');
    expected[repository().commitFile('of the branch', 'branch')] = 'of the branch';
    repository().git('switch', '--quiet', '--detach', 'main');
    expected[repository().commitFile('of the tag', 'tag')] = 'of the tag';
    repository().git('tag', '--annotate', '--message', 'v1', 'v1');
    repository().git('switch', '--quiet', 'main');
    repository().write('file', 'stashed');
    repository().git('stash');
    expected[repository().blob('stash:file')] = 'file';
    expected[repository().commitFile('of the reflog', 'reflog')] = 'of the reflog';
    repository().git('reset', '--quiet', '--hard', 'HEAD~1');
    expect(await history()).toEqual(expected);
  });

  it('has what is only staged, there and in another work tree', async () => {
    repository().commit();
    repository().write('here', 'here');
    repository().git('add', 'here');
    repository().git('worktree', 'add', '--quiet', '../linked');
    repository().write('../linked/there', 'there');
    repository().git('-C', '../linked', 'add', 'there');
    expect(Object.values(await history()).sort()).toEqual(['here', 'there']);
  });

  it('says of what nothing leads to, and of what a tag itself names, that it has no path', async () => {
    const [stray, named, annotated] = ['stray', 'named', 'annotated'].map((content) =>
      repository().strayObject(content),
    );
    repository().git('tag', 'v1', named ?? '');
    repository().git('tag', '--annotate', '--message', 'v2', 'v2', annotated ?? '');
    expect(await history()).toEqual({ [stray ?? '']: unreachable, [named ?? '']: '(tag)', [annotated ?? '']: '(tag)' });
  });

  it('shows names with spaces and non-ASCII as they are, and no more of one than its first line', async () => {
    const [spaces, letters, lines] = [' a  b ', 'Schlüssel/鍵🔑', `first\n${'0'.repeat(40)} second`].map((name) =>
      repository().commitFile(name, name),
    );
    expect(await history()).toEqual({
      [spaces ?? '']: ' a  b ',
      [letters ?? '']: 'Schlüssel/鍵🔑',
      [lines ?? '']: 'first',
    });
  });

  it('leaves out submodules', async () => {
    const other = GitRepository.init();
    other.commitFile('inside', 'inside');
    repository().git('submodule', '--quiet', 'add', other.root, 'sub');
    repository().commit();
    expect(Object.values(await history())).toEqual(['.gitmodules']);
    other.dispose();
  });

  it('of a shallow clone is what was fetched', async () => {
    repository().commitFile('file', 'old');
    const last = repository().commitFile('file', 'new');
    const clone = repository().clone('--depth', '1');
    expect(await history(clone)).toEqual({ [last]: 'file' });
    clone.dispose();
  });

  it('of a partial clone is everything, also what has to be fetched first', async () => {
    const removed = repository().commitFile('removed', 'removed');
    repository().git('rm', '--quiet', 'removed');
    const last = repository().commitFile('file', 'file');
    const clone = repository().clone('--filter=blob:none');
    expect(await history(clone)).toEqual({ [removed]: 'removed', [last]: 'file' });
    clone.dispose();
  });
});
