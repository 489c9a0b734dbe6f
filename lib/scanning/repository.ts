import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { environmentError } from '../cli/errors';
import { displayPath } from './display-path';

/** A file that git knows, or does not ignore. */
export interface GitFile {
  /** As git has it, bytes of any encoding, from the root. */
  readonly name: Buffer;
  /** Readable form of the name. */
  readonly path: string;
  /** Id of the object with the same content, where git knows it. */
  readonly blob?: string;
}

const submodule = '160000';
const symbolicLink = '120000';

/** A git repository as it is asked about files; it is never changed. */
export class Repository {
  private constructor(
    /** Top folder of the work tree. */
    readonly root: string,
    /** Where git keeps its own files, the same for every work tree of the repository. */
    readonly commonFolder: string,
  ) {}

  /**
   * Opens the repository that a folder is in.
   * @throws CliError where there is none, or git refuses it
   */
  static async open(folder: string): Promise<Repository> {
    // One question each: the name of a folder may hold a line end.
    const [root, commonFolder] = await Promise.all([
      folderOf(folder, '--show-toplevel'),
      folderOf(folder, '--git-common-dir'),
    ]);
    return new Repository(root, commonFolder);
  }

  /** What is tracked in the work tree, and what is not but `git add` would take; without symbolic links and submodules. */
  async workTree(): Promise<GitFile[]> {
    const [index, changed, plain, others] = await Promise.all([
      this.list(['ls-files', '--stage', '-z']),
      this.list(['ls-files', '--modified', '-z']),
      // What a filter writes (Git LFS, git-crypt) is not what the object holds.
      this.list(['ls-files', '-v', '-z', '--', ':(attr:!filter)']),
      this.list(['ls-files', '--others', '--exclude-standard', '-z']),
    ]);
    const isChanged = new Set(changed.map((name) => name.toString('latin1')));
    // Another letter than H: in conflict, outside of a sparse checkout, or git was told not to look for changes.
    const isWatched = new Set(plain.map((line) => line.toString('latin1')).filter((line) => line.startsWith('H ')));
    const files = new Map<string, GitFile>();
    for (const entry of index) {
      const tab = entry.indexOf(0x09);
      const [mode, blob] = entry.toString('latin1', 0, tab).split(' ');
      const name = entry.subarray(tab + 1);
      const key = name.toString('latin1');
      const differs = isChanged.has(key);
      // A file may have taken the place of a symbolic link.
      if (mode !== submodule && (mode !== symbolicLink || differs) && blob !== undefined) {
        const same = !differs && isWatched.has(`H ${key}`);
        files.set(key, { name, path: displayPath(name), ...(same ? { blob } : {}) });
      }
    }
    // Another repository inside this one ends with a slash.
    const untracked = others.filter((name) => name.at(-1) !== 0x2f).map((name) => ({ name, path: displayPath(name) }));
    return [...files.values(), ...untracked];
  }

  /** What the next commit would add or change, as it is staged. */
  async staged(): Promise<GitFile[]> {
    const flags = ['--raw', '-z', '--no-abbrev', '--no-renames', '--diff-filter=ACMT', '--ignore-submodules=all'];
    const entries = await this.list(['diff', '--cached', ...flags]);
    const files: GitFile[] = [];
    for (let index = 0; index + 1 < entries.length; index += 2) {
      const [, mode, , blob] = (entries[index] ?? Buffer.alloc(0)).toString('latin1').split(' ');
      const name = entries[index + 1] ?? Buffer.alloc(0);
      if (mode !== symbolicLink && mode !== submodule && blob !== undefined) {
        files.push({ name, path: displayPath(name), blob });
      }
    }
    return files;
  }

  /** Runs git and gives what it writes. @throws CliError when it fails */
  async output(argumentList: readonly string[]): Promise<Buffer> {
    const { code, output, reason } = await runGit(this.root, argumentList);
    if (code !== 0) {
      throw environmentError(`git ${argumentList[0] ?? ''} fails in ${this.root}: ${reason}`, 'run "git fsck" there');
    }
    return output;
  }

  private async list(argumentList: readonly string[]): Promise<Buffer[]> {
    return splitAtZero(await this.output(argumentList));
  }
}

async function folderOf(folder: string, question: string): Promise<string> {
  const { code, output, reason } = await runGit(folder, ['rev-parse', '--path-format=absolute', question]);
  if (code !== 0) {
    throw environmentError(
      `git cannot read ${folder}: ${reason}`,
      'run this in the work tree of a git repository that this user owns',
    );
  }
  return output.toString().replace(/\n$/, '');
}

function splitAtZero(output: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0, end = output.indexOf(0); end !== -1; start = end + 1, end = output.indexOf(0, start)) {
    parts.push(output.subarray(start, end));
  }
  return parts;
}

interface GitAnswer {
  readonly code: number;
  readonly output: Buffer;
  readonly reason: string;
}

async function runGit(folder: string, argumentList: readonly string[]): Promise<GitAnswer> {
  // A hook's own GIT_INDEX_FILE says what is staged, so the environment stays.
  const git = spawn('git', ['-C', folder, ...argumentList], {
    env: { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(git, 'close').catch(() => {
    throw environmentError('git cannot be run', 'install git');
  }) as Promise<[number | null]>;
  const chunks: Buffer[] = [];
  git.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [[code], words] = await Promise.all([closed, text(git.stderr)]);
  const reason = (words.split('\n').find((line) => line.startsWith('fatal: ')) ?? words.split('\n')[0] ?? '').replace(
    /^fatal: /,
    '',
  );
  return { code: code ?? 128, output: Buffer.concat(chunks), reason };
}
