import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Repository } from '../../lib/scanning/repository';
import type { ScannedFile } from '../../lib/scanning/scan';
import { objectFiles, workTreeFiles } from '../../lib/scanning/scanned-files';
import { inProject } from '../support/local-project';
import { emptyRepository } from './support/git-repository';

const mebibyte = 1024 * 1024;

describe('files to scan', () => {
  const repository = emptyRepository();

  /** What each file gives, by its path. */
  type Contents = Record<string, { blob?: string; content: string }>;

  async function read(files: AsyncIterable<ScannedFile>): Promise<Contents> {
    const contents: Contents = {};
    for await (const { path, blob, content } of files) {
      contents[path] = { ...(blob !== undefined && { blob }), content: (await buffer(content)).toString('latin1') };
    }
    return contents;
  }

  async function workTree(): Promise<Contents> {
    const opened = await Repository.open(repository().root);
    return await read(workTreeFiles(opened.root, await opened.workTree()));
  }

  async function staged(): Promise<Contents> {
    const opened = await Repository.open(repository().root);
    return await read(objectFiles(opened.root, await opened.staged()));
  }

  it('are as they are on disk in the work tree, and as they were staged among the objects', async () => {
    const names = ['a b', 'two\nlines', 'ü/鍵', Buffer.from([0x61, 0xff])];
    names.forEach((name) => {
      repository().write(name, `staged ${name.toString('latin1')}`);
    });
    repository().git('add', '.');
    const blobs = repository().git('ls-files', '--format=%(objectname)').split('\n');
    repository().write('a b', 'only on disk');
    const paths = ['a b', 'a\\xff', 'two\\x0alines', 'ü/鍵'];
    const inIndex = await staged();
    expect(Object.keys(inIndex)).toEqual(paths);
    expect(Object.values(inIndex).map(({ blob }) => blob)).toEqual(blobs);
    expect(inIndex['two\\x0alines']?.content).toBe('staged two\nlines');
    const onDisk = await workTree();
    expect(Object.keys(onDisk)).toEqual(paths);
    expect(onDisk).toMatchObject({ 'a b': { content: 'only on disk' }, 'a\\xff': inIndex['a\\xff'] });
  });

  it.each([
    ['empty', ''],
    ['text', 'content\n'],
    ['binary', Buffer.from([0, 0xff, 0x0a, 0])],
  ])('have the id that git would give them: %s', async (_, content) => {
    repository().write('new', content);
    const blob = repository().git('hash-object', 'new');
    expect(await workTree()).toEqual({ new: { blob, content: content.toString('latin1') } });
  });

  it('are whole and in their order where they are long, with an id only where git has one', async () => {
    const content = Array.from({ length: mebibyte / 8 }, (_, index) => `${String(index).padStart(7)}\n`).join('');
    const blob = repository().commitFile('tracked', content);
    repository().write('new', content);
    const files = await workTree();
    expect([files.tracked?.blob, files.new?.blob]).toEqual([blob, undefined]);
    expect([files.tracked?.content === content, files.new?.content === content]).toEqual([true, true]);
  });

  it('take little memory, however long they are', async () => {
    repository().write('large.log', Buffer.alloc(300 * mebibyte, 'a line of a log\n'));
    const opened = await Repository.open(repository().root);
    let [length, longest] = [0, 0];
    for await (const { content } of workTreeFiles(opened.root, await opened.workTree())) {
      for await (const chunk of content) {
        length += chunk.length;
        longest = Math.max(longest, chunk.buffer.byteLength);
      }
    }
    expect(length).toBe(300 * mebibyte);
    expect(longest).toBeLessThanOrEqual(mebibyte);
  });

  it('leave out what is gone, or has become a link, a folder or a pipe', async () => {
    const names = ['file', 'gone', 'folder', 'link', 'loop', 'pipe', 'in/a/folder'];
    names.forEach((name) => {
      repository().write(name, name);
    });
    repository().commit();
    names.forEach((name) => {
      rmSync(join(repository().root, name));
    });
    repository().write('file', 'file');
    repository().write('folder/.gitignore', '*\n');
    symlinkSync('file', join(repository().root, 'link'));
    symlinkSync('loop', join(repository().root, 'loop'));
    execFileSync('mkfifo', [join(repository().root, 'pipe')]);
    rmSync(join(repository().root, 'in'), { recursive: true });
    repository().write('in', 'a file');
    expect(Object.keys(await workTree()).sort()).toEqual(['file', 'in']);
  });

  it('are not reached through links in place of folders, out of the tree or to another place in it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    const names = ['outside/file', 'elsewhere/a/file', 'real/a/file'];
    names.forEach((name) => {
      repository().commitFile(name, 'content');
    });
    ['outside', 'elsewhere'].forEach((name) => {
      rmSync(join(repository().root, name), { recursive: true });
    });
    execFileSync('cp', [join(repository().root, 'real/a/file'), outside]);
    symlinkSync(outside, join(repository().root, 'outside'));
    symlinkSync('real', join(repository().root, 'elsewhere'));
    expect(Object.keys(await workTree())).toEqual(['real/a/file']);
    rmSync(outside, { recursive: true });
  });

  it('are read where the repository itself is reached through a link', async () => {
    repository().write('folder/file', 'content');
    const link = join(repository().root, '../link');
    symlinkSync(repository().root, link);
    const files = [{ name: Buffer.from('folder/file'), path: 'folder/file' }];
    expect(Object.keys(await read(workTreeFiles(link, files)))).toEqual(['folder/file']);
  });

  it('fail where one may not be read, with its path', async () => {
    await inProject({ file: 'content' }, async (project) => {
      project.chmod('file', 0o000);
      await project.asOrdinaryUser(async () => {
        const files = workTreeFiles(project.root, [{ name: Buffer.from('file'), path: 'file' }]);
        await expect(read(files)).rejects.toMatchObject({
          message: expect.stringMatching(/^file cannot be read: .*permission denied/i) as string,
          fix: 'correct its permissions, or ignore it in git',
        });
      });
    });
  });
});
