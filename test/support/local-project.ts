import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parse } from 'dotenv';
import { packageRoot } from '../../lib/package-root';

/** Does something in a clone with these files, which is gone afterwards. */
export async function inProject<T>(
  files: Readonly<Record<string, string>>,
  work: (project: LocalProject) => Promise<T>,
): Promise<T> {
  const project = LocalProject.with(files);
  try {
    return await work(project);
  } finally {
    project.dispose();
  }
}

/** A clone of a project in a folder of its own. */
export class LocalProject {
  readonly root = mkdtempSync(join(tmpdir(), 'local-project-'));

  /** Nivesh's example files and compose file, freshly cloned. */
  static nivesh(): LocalProject {
    const project = new LocalProject();
    cpSync(resolve(__dirname, '../fixtures/nivesh'), project.root, { recursive: true });
    project.git('init', '--quiet');
    return project;
  }

  /** A clone with these files. */
  static with(files: Readonly<Record<string, string>>): LocalProject {
    const project = new LocalProject();
    for (const [path, text] of Object.entries({ '.gitignore': '.env*\n!.env*.example\n', ...files })) {
      project.write(path, text);
    }
    project.git('init', '--quiet');
    return project;
  }

  /** Makes it a project that declares Nivesh's environments, so that the command line runs in it. */
  declareEnvironments(): void {
    this.write('package.json', '{"name":"project","nivesh-secrets":{}}');
    const module = JSON.stringify(join(packageRoot(), 'environments'));
    this.write('environments/index.ts', `export { environments } from ${module};\n`);
  }

  git(...argumentList: string[]): void {
    execFileSync('git', ['-C', this.root, ...argumentList], { stdio: 'ignore' });
  }

  /** Makes it a plain folder. */
  removeGit(): void {
    rmSync(join(this.root, '.git'), { recursive: true });
  }

  write(path: string, text: string, mode = 0o600): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text, { mode });
    chmodSync(join(this.root, path), mode);
  }

  /** Runs work as a user whom permissions bind, which they do not bind root. The user owns the project. */
  async asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
    if (process.geteuid?.() !== 0) {
      return await work();
    }
    const nobody = 65_534;
    execFileSync('chown', ['-R', `${nobody}:${nobody}`, this.root]);
    const home = process.env.HOME;
    process.env.HOME = this.root;
    process.seteuid?.(nobody);
    try {
      return await work();
    } finally {
      process.seteuid?.(0);
      process.env.HOME = home;
    }
  }

  chmod(path: string, mode: number): void {
    chmodSync(join(this.root, path), mode);
  }

  remove(path: string): void {
    rmSync(join(this.root, path));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** What the npm package `dotenv` sees in a file. */
  values(path: string): Record<string, string> {
    return parse(this.read(path));
  }

  /** Replaces a part of a file. */
  edit(path: string, from: string | RegExp, to: string): void {
    const text = this.read(path);
    const edited = text.replace(from, to);
    if (edited === text) {
      throw new Error(`${path} has no ${String(from)}`);
    }
    this.write(path, edited);
  }

  mode(path: string): string {
    return (statSync(join(this.root, path)).mode & 0o777).toString(8);
  }

  /** One hash over names, modes and contents of everything but git's own files. */
  hash(): string {
    const hash = createHash('sha256');
    for (const file of this.files()) {
      const path = join(this.root, file);
      const content = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : this.read(file);
      hash.update(JSON.stringify([file, lstatSync(path).mode, content]));
    }
    return hash.digest('hex');
  }

  /** Every file but git's own. */
  files(): string[] {
    return readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)))
      .filter((path) => !path.startsWith('.git/'))
      .sort();
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
