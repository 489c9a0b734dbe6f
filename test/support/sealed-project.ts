import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SealingScope } from '../../lib/catalog';
import { packageRoot } from '../../lib/package-root';
import { commandLine } from './command-line';

/** How a run of the command line ended. */
export interface SealRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project of its own with the small catalog of the sealing tests, delivered by sealed values. */
export class SealedProject {
  readonly root = mkdtempSync(join(tmpdir(), 'sealed-project-'));

  constructor() {
    mkdirSync(join(this.root, 'environments'));
    this.write('package.json', '{"name":"sealed-project","nivesh-secrets":{"environments":"environments/index"}}');
    this.git('init', '--quiet');
    this.write('.gitignore', 'private/\n');
    mkdirSync(join(this.root, 'private'));
  }

  /** Declares the environment `edge`, and `prod` for production. */
  declare(certificate: string, scope: SealingScope = 'strict'): void {
    const from = (path: string): string => JSON.stringify(join(packageRoot(), path));
    this.write('environments/certificate.pem', certificate);
    this.write(
      'environments/index.ts',
      `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineEnvironment, dotenv, sealedSecrets } from ${from('lib/catalog')};
import { shop } from ${from('test/sealing/shop')};
const certificate = readFileSync(join(__dirname, 'certificate.pem'), 'utf8');
const delivery = sealedSecrets({ certificate, scope: '${scope}' });
export const environments = [
  defineEnvironment('edge', { catalog: shop, delivery }),
  defineEnvironment('prod', { catalog: shop, delivery, production: true }),
  defineEnvironment('local', { catalog: shop, delivery: dotenv({ files: [{ path: '.env' }] }) }),
];
`,
    );
  }

  /** Writes a file of the project and gives its path from the root. */
  write(path: string, content: string, mode = 0o644): string {
    writeFileSync(join(this.root, path), content, { mode });
    return path;
  }

  git(...argumentList: string[]): string {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    const { status, stdout, stderr } = spawnSync('git', [...identity, ...argumentList], {
      cwd: this.root,
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(`git ${argumentList.join(' ')} failed: ${stderr}`);
    }
    return stdout;
  }

  /** Commits everything, so that {@link changed} begins anew. */
  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'state');
  }

  /** Lines that changed since the last commit: names of variables, or whole lines where there is none. */
  changed(): string[] {
    this.git('add', '--all', '--intent-to-add');
    return this.git('diff', '--unified=0', 'HEAD')
      .split('\n')
      .filter((line) => /^\+(?!\+)/.test(line))
      .map((line) => /^\+\s+([A-Z_]+): /.exec(line)?.[1] ?? line);
  }

  /** `nivesh-secrets seal`, from the sources, in this project. */
  seal(argumentList: readonly string[], input = ''): SealRun {
    return spawnSync(process.execPath, [...commandLine, 'seal', ...argumentList], {
      cwd: this.root,
      encoding: 'utf8',
      input,
      env: { PATH: process.env.PATH, HOME: this.root },
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
