import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A git repository in a folder of its own, to be filled by a test. */
export class GitRepository {
  private readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'git-repository-')));
  readonly root: string;

  private constructor(name: string) {
    this.root = join(this.folder, name);
    mkdirSync(this.root);
  }

  /** @param name of its folder */
  static init(name = 'repository'): GitRepository {
    const repository = new GitRepository(name);
    repository.git('init', '--quiet', '--initial-branch', 'main');
    return repository;
  }

  /** A clone as from another machine, with less than everything where the options say so. */
  clone(...options: string[]): GitRepository {
    const copy = new GitRepository('clone');
    this.git('config', 'uploadpack.allowFilter', 'true');
    copy.git('clone', '--quiet', ...options, `file://${this.root}`, copy.root);
    return copy;
  }

  git(...argumentList: string[]): string {
    const settings = ['user.name=test', 'user.email=test@example.com', 'protocol.file.allow=always'];
    const options = settings.flatMap((setting) => ['-c', setting]);
    return execFileSync('git', ['-C', this.root, ...options, ...argumentList], {
      encoding: 'utf8',
      // That of this test, where git would get that of Jest.
      env: process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** @param name from the root; bytes where it is no text */
  write(name: string | Buffer, content: string | Buffer): void {
    if (typeof name === 'string') {
      mkdirSync(dirname(join(this.root, name)), { recursive: true });
    }
    writeFileSync(Buffer.concat([Buffer.from(`${this.root}/`), Buffer.from(name)]), content);
  }

  /** Commits everything, and gives the commit. */
  commit(message = 'a change'): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** Writes a file and commits it, and gives the id of its content. */
  commitFile(name: string, content: string | Buffer, message = name): string {
    this.write(name, content);
    this.commit(message);
    return this.blob(`HEAD:${name}`);
  }

  /** Id of the object that an expression of git names. */
  blob(expression: string): string {
    return this.git('rev-parse', '--verify', expression);
  }

  /** Makes an object that nothing leads to, and gives its id. */
  strayObject(content: string): string {
    this.write('stray', content);
    const id = this.git('hash-object', '-w', 'stray');
    rmSync(join(this.root, 'stray'));
    return id;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An empty repository for each test, removed after it. */
export function emptyRepository(): () => GitRepository {
  let repository: GitRepository;
  beforeEach(() => {
    repository = GitRepository.init();
  });
  afterEach(() => {
    repository.dispose();
  });
  return () => repository;
}
