import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root';
import type { CommandResult } from './command-line';

/** A git repository with this library and Nivesh's catalog as they are here, committed, to be changed by a test. */
export class NiveshRepository {
  readonly root = mkdtempSync(join(tmpdir(), 'nivesh-repository-'));

  constructor() {
    for (const name of ['lib', 'environments', 'package.json', 'tsconfig.json']) {
      cpSync(join(packageRoot(), name), join(this.root, name), { recursive: true });
    }
    symlinkSync(join(packageRoot(), 'node_modules'), join(this.root, 'node_modules'), 'dir');
    this.write('.gitignore', 'node_modules\n');
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.commit();
  }

  /** Commits everything, and gives the commit. */
  commit(): string {
    this.git('add', '--all');
    this.git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'a change');
    return this.git('rev-parse', 'HEAD');
  }

  git(...argumentList: string[]): string {
    return execFileSync('git', ['-C', this.root, ...argumentList], { encoding: 'utf8' }).trim();
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Replaces a part of a file. */
  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) {
      throw new Error(`${path} has no ${from}`);
    }
    this.write(path, text.replace(from, to));
  }

  /** Lets Grafana read Redis too. */
  growAccess(): void {
    this.edit(
      'environments/catalog.ts',
      'env: { GRAFANA_ADMIN_PASSWORD: grafana.admin_password },',
      'env: { GRAFANA_ADMIN_PASSWORD: grafana.admin_password, CACHE_PASSWORD: redis.password },',
    );
  }

  /** Runs a script in its folder as GitHub Actions runs one with `shell: bash`. */
  async run(script: string, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return await new Promise((resolve) => {
      execFile(
        'bash',
        ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
        {
          cwd: this.root,
          env: { PATH: process.env.PATH, HOME: tmpdir(), npm_config_update_notifier: 'false', ...env },
        },
        (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
        },
      );
    });
  }

  /** Runs `nivesh-secrets` from the repository's own sources. */
  async nivesh(argumentText: string): Promise<CommandResult> {
    return await this.run(`npx tsx lib/cli/main.ts ${argumentText}`);
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
