import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Repository } from '../../lib/scanning/repository';
import { emptyRepository, GitRepository } from './support/git-repository';

describe('Repository', () => {
  const repository = emptyRepository();

  afterEach(() => {
    delete process.env.GIT_INDEX_FILE;
  });

  /** Path and, where git is said to know it, object of each file. */
  async function listed(of: 'workTree' | 'staged'): Promise<[string, string | undefined][]> {
    const files = await (await Repository.open(repository().root))[of]();
    return files.map(({ path, blob }): [string, string | undefined] => [path, blob]).sort();
  }

  describe('open', () => {
    it('finds the top folder from one inside, and what all work trees have in common', async () => {
      repository().commit();
      repository().git('worktree', 'add', '--quiet', '../linked');
      mkdirSync(join(repository().root, 'a/b'), { recursive: true });
      const commonFolder = join(repository().root, '.git');
      const linked = join(repository().root, '../linked');
      expect(await Repository.open(join(repository().root, 'a/b'))).toEqual({ root: repository().root, commonFolder });
      expect(await Repository.open(linked)).toEqual({ root: linked, commonFolder });
    });

    it.each(['with spaces ', 'über-鍵🔑', 'two\nlines', 'ends\n'])('reads a folder named %j', async (name) => {
      const named = GitRepository.init(name);
      const { root, commonFolder } = await Repository.open(named.root);
      expect([root, commonFolder]).toEqual([named.root, join(named.root, '.git')]);
      named.dispose();
    });

    it.each([
      ['a folder that is no repository', () => undefined, 'not a git repository'],
      ['a bare one', () => repository().git('init', '--bare'), 'must be run in a work tree'],
    ])('fails for %s', async (_, prepare, reason) => {
      rmSync(join(repository().root, '.git'), { recursive: true });
      prepare();
      await expect(Repository.open(repository().root)).rejects.toMatchObject({
        message: expect.stringMatching(`^git cannot read ${repository().root}: .*${reason}`) as string,
        fix: 'run this in the work tree of a git repository that this user owns',
      });
    });

    it('fails for a folder that does not exist', async () => {
      await expect(Repository.open(join(repository().root, 'none'))).rejects.toThrow('No such file or directory');
    });
  });

  it('says which command of git failed, and why', async () => {
    const opened = await Repository.open(repository().root);
    await expect(opened.output(['cat-file', 'blob', 'none'])).rejects.toThrow(
      `git cat-file fails in ${repository().root}: Not a valid object name none`,
    );
  });

  it('has no files at first', async () => {
    expect([await listed('workTree'), await listed('staged')]).toEqual([[], []]);
  });

  describe('workTree', () => {
    it('lists what is tracked, changed or new, not what is ignored', async () => {
      const same = repository().commitFile('same', 'same');
      repository().commitFile('changed', 'before');
      repository().write('.gitignore', 'ignored*\n');
      repository().write('ignored, but tracked', 'tracked');
      repository().git('add', '--force', 'ignored, but tracked');
      ['changed', 'new', 'folder/new', 'ignored'].forEach((name) => {
        repository().write(name, 'after');
      });
      expect(await listed('workTree')).toEqual([
        ['.gitignore', undefined],
        ['changed', undefined],
        ['folder/new', undefined],
        ['ignored, but tracked', repository().blob(':ignored, but tracked')],
        ['new', undefined],
        ['same', same],
      ]);
    });

    it('lists a file by its new name only, once it was renamed', async () => {
      const blob = repository().commitFile('old', 'content');
      repository().git('mv', 'old', 'new');
      expect(await listed('workTree')).toEqual([['new', blob]]);
    });

    it.each<[string, () => void]>([
      ['git was told to take for unchanged', () => repository().git('update-index', '--assume-unchanged', 'file')],
      ['git was told to skip', () => repository().git('update-index', '--skip-worktree', 'file')],
      [
        'are to be added later',
        () => repository().git('rm', '--cached', 'file') && repository().git('add', '-N', 'file'),
      ],
    ])('knows no object for files that %s', async (_, prepare) => {
      repository().commitFile('file', 'committed');
      prepare();
      repository().write('file', 'of this machine');
      expect(await listed('workTree')).toEqual([['file', undefined]]);
    });

    it('knows no object for files that a filter writes', async () => {
      repository().git('config', 'filter.rot13.clean', 'tr a-z n-za-m');
      repository().git('config', 'filter.rot13.smudge', 'tr a-z n-za-m');
      repository().write('.gitattributes', '*.key filter=rot13\n');
      const blob = repository().commitFile('a.key', 'content');
      expect(repository().git('cat-file', 'blob', blob)).toBe('pbagrag');
      expect(await listed('workTree')).toEqual([
        ['.gitattributes', repository().blob(':.gitattributes')],
        ['a.key', undefined],
      ]);
    });

    it('leaves out symbolic links, but not a file that took the place of one', async () => {
      ['link', 'replaced'].forEach((name) => {
        symlinkSync('anywhere', join(repository().root, name));
      });
      repository().commit();
      rmSync(join(repository().root, 'replaced'));
      repository().write('replaced', 'content');
      expect(await listed('workTree')).toEqual([['replaced', undefined]]);
    });

    it('leaves out submodules and other repositories inside', async () => {
      const other = GitRepository.init();
      other.commitFile('file', 'content');
      repository().git('submodule', '--quiet', 'add', other.root, 'sub');
      repository().git('init', '--quiet', 'inner');
      repository().write('inner/file', 'content');
      expect(await listed('workTree')).toEqual([['.gitmodules', repository().blob(':.gitmodules')]]);
      expect(await listed('staged')).toEqual([['.gitmodules', repository().blob(':.gitmodules')]]);
      other.dispose();
    });
  });

  describe('staged', () => {
    it('lists what is added, changed or renamed, as it is in the index', async () => {
      repository().commitFile('changed', 'before');
      repository().commitFile('old', 'moved');
      repository().commitFile('gone', 'gone');
      repository().commitFile('same', 'same');
      repository().write('changed', 'staged');
      repository().write('new', 'new');
      repository().git('mv', 'old', 'renamed');
      repository().git('rm', '--quiet', 'gone');
      repository().git('add', 'changed', 'new');
      const expected = ['changed', 'new', 'renamed'].map((name) => [name, repository().blob(`:${name}`)]);
      ['changed', 'new', 'same', 'untracked'].forEach((name) => {
        repository().write(name, 'only in the work tree');
      });
      expect(await listed('staged')).toEqual(expected);
    });

    it('lists a file that took the place of a symbolic link, not one that became a link', async () => {
      repository().commitFile('file', 'content');
      symlinkSync('anywhere', join(repository().root, 'link'));
      repository().commit();
      ['file', 'link'].forEach((name) => {
        rmSync(join(repository().root, name));
      });
      symlinkSync('anywhere', join(repository().root, 'file'));
      repository().write('link', 'content');
      repository().git('add', '.');
      expect(await listed('staged')).toEqual([['link', repository().blob(':link')]]);
    });

    it('goes by the index that git hands to a hook, as for "git commit <file>"', async () => {
      const hook = join(repository().root, '.git/hooks/pre-commit');
      const seen = join(repository().root, '.git/index-of-hook');
      repository().write('one', 'one');
      repository().write('two', 'two');
      repository().git('add', '.');
      writeFileSync(hook, `#!/bin/sh\ncp "$GIT_INDEX_FILE" .git/index-of-hook\n`);
      chmodSync(hook, 0o755);
      const before = await listed('staged');
      repository().git('commit', '--quiet', '--message', 'one', 'one');
      repository().git('update-ref', '-d', 'HEAD');
      process.env.GIT_INDEX_FILE = seen;
      expect([before.map(([path]) => path), (await listed('staged')).map(([path]) => path)]).toEqual([
        ['one', 'two'],
        ['one'],
      ]);
    });
  });

  it('reads names with spaces, line ends, tabs and quotes, of UTF-8 and of other bytes', async () => {
    const names = [' a  b ', 'two\nlines', 'tab\t"quoted"\\', 'Schlüssel 鍵🔑'].map((name) => Buffer.from(name));
    names.push(Buffer.from([0x61, 0xff, 0x62]));
    names.forEach((name) => {
      repository().write(name, 'content');
    });
    const paths = [' a  b ', 'Schlüssel 鍵🔑', 'a\\xffb', 'tab\\x09"quoted"\\', 'two\\x0alines'];
    expect((await listed('workTree')).map(([path]) => path)).toEqual(paths);
    repository().git('add', '.');
    expect((await listed('workTree')).map(([path]) => path)).toEqual(paths);
    expect((await listed('staged')).map(([path]) => path)).toEqual(paths);
    const files = await (await Repository.open(repository().root)).staged();
    expect(files.map(({ name }) => name.toString('hex')).sort()).toEqual(
      names.map((name) => name.toString('hex')).sort(),
    );
  });

  it('lists a file in conflict once, as it is on disk, and nothing of it as staged', async () => {
    repository().commitFile('file', 'base');
    repository().git('switch', '--quiet', '--create', 'other');
    repository().commitFile('file', 'theirs');
    repository().git('switch', '--quiet', 'main');
    repository().commitFile('file', 'ours');
    expect(() => repository().git('merge', 'other')).toThrow('Command failed');
    expect([await listed('workTree'), await listed('staged')]).toEqual([[['file', undefined]], []]);
  });
});
