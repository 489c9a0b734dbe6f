import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from '../../../lib/embedded/toolchain/cache';
import { packageRoot } from '../../../lib/package-root';
import { commandLine, type CommandResult } from '../../support/command-line';

/** What detect-secrets has in its repository, and not in the archive that it publishes. */
const hooks = `- id: detect-secrets
  name: Detect secrets
  entry: detect-secrets-hook
  language: python
`;

/**
 * A git repository of somebody who has this package as a dependency, with a home of its own. GitHub is not reachable, so
 * git takes Yelp's repository from one that is made of the archive on PyPI, and there the pinned commit is replaced by the
 * only one that it has (https://git-scm.com/docs/git-replace): the configuration is used as it was written.
 */
export class ScannedProject {
  private readonly folder = mkdtempSync(join(tmpdir(), 'scanned-project-'));
  readonly root = join(this.folder, 'project');
  private readonly home = join(this.folder, 'home');
  private readonly packageFolder = join(this.folder, 'package');

  /** @param tools folder of the Python programs */
  constructor(private readonly tools: string) {
    [this.root, this.home, this.packageFolder].forEach((folder) => {
      mkdirSync(folder);
    });
    this.writePackage(packageRoot());
    this.write('package.json', JSON.stringify({ devDependencies: { 'nivesh-secrets': 'file:../package' } }));
    this.write('.gitignore', 'node_modules\n');
    writeFileSync(join(this.home, '.gitconfig'), '[user]\n\tname = test\n\temail = test@example.com\n');
    this.git('init', '--quiet', '--initial-branch', 'main');
  }

  /** The package as npm installs it: its program, from sources that may be others than those of this repository. */
  writePackage(sources: string): void {
    const [loader = '', file = '', main = ''] = commandLine;
    const program = [loader, file, main.replace(packageRoot(), sources)];
    writeFileSync(
      join(this.packageFolder, 'package.json'),
      JSON.stringify({ name: 'nivesh-secrets', version: '0.1.0', bin: { 'nivesh-secrets': 'main.js' } }),
    );
    const script = join(this.packageFolder, 'main.js');
    writeFileSync(
      script,
      `#!/usr/bin/env node
const { spawnSync } = require('node:child_process');
const program = ${JSON.stringify(program)};
process.exitCode = spawnSync(process.execPath, [...program, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 3;
`,
    );
    chmodSync(script, 0o755);
  }

  /** Makes the repository that pre-commit gets detect-secrets from. */
  mirrorDetectSecrets(commit: string): void {
    const archives = join(this.folder, 'archives');
    const mirror = join(this.folder, 'detect-secrets');
    const pinned = readFileSync(join(packageRoot(), 'tools/python/requirements.txt'), 'utf8');
    const requirement = /^detect-secrets==(?:.*\\\n)+.*\n/m.exec(pinned)?.[0] ?? '';
    const list = join(this.folder, 'requirements.txt');
    writeFileSync(list, requirement);
    const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary', ':all:', '--require-hashes'];
    execFileSync(join(this.tools, 'python'), [...download, '--dest', archives, '--requirement', list]);
    mkdirSync(mirror);
    execFileSync('sh', ['-c', `tar xzf "$1"/*.tar.gz --strip-components 1 -C "$2"`, 'sh', archives, mirror]);
    writeFileSync(join(mirror, '.pre-commit-hooks.yaml'), hooks);
    const git = (...argumentList: string[]): string =>
      execFileSync('git', ['-C', mirror, ...argumentList], { encoding: 'utf8', env: this.environment() }).trim();
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'the published archive');
    git('update-ref', `refs/replace/${commit}`, git('rev-parse', 'HEAD'));
    const config = join(this.home, '.gitconfig');
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}[url "file://${mirror}"]
\tinsteadOf = https://github.com/Yelp/detect-secrets
[remote "origin"]
\tfetch = +refs/replace/*:refs/replace/*
`,
    );
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  git(...argumentList: string[]): string {
    return execFileSync('git', ['-C', this.root, ...argumentList], {
      encoding: 'utf8',
      env: this.environment(),
      stdio: 'pipe',
    }).trim();
  }

  /** Runs a script as GitHub Actions runs one (bash, ending with the first failure). */
  async run(script: string): Promise<CommandResult> {
    return await new Promise((resolve) => {
      execFile(
        'bash',
        ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
        { cwd: this.root, env: this.environment() },
        (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
        },
      );
    });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      PATH: `${this.tools}${delimiter}${process.env.PATH ?? ''}`,
      HOME: this.home,
      NIVESH_SECRETS_CACHE: cacheFolder(),
      npm_config_cache: join(this.home, '.npm'),
      npm_config_update_notifier: 'false',
    };
  }
}
