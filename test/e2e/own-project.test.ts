import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root';
import { codeBlocks } from '../support/documentation';
import { runProject } from '../support/fake-engine';
import { readFolder } from '../support/folder-snapshot';

const root = packageRoot();

/** The packed package, as npm unpacks it; packages that it needs are those of this repository. */
function install(project: string): void {
  const modules = join(project, 'node_modules');
  const bin = join(modules, '.bin');
  mkdirSync(bin, { recursive: true });
  for (const folder of ['', '.bin']) {
    for (const name of readdirSync(join(root, 'node_modules', folder)).filter((one) => !one.startsWith('.'))) {
      symlinkSync(join(root, 'node_modules', folder, name), join(modules, folder, name));
    }
  }
  run(root, 'npx', 'tsc', '-p', 'tsconfig.build.json');
  run(root, 'npm', 'pack', '--ignore-scripts', '--pack-destination', project);
  const [archive = ''] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
  const installed = join(modules, 'nivesh-secrets');
  mkdirSync(installed);
  run(project, 'tar', '-xzf', archive, '-C', installed, '--strip-components', '1');
  const main = join(installed, 'build/lib/cli/main.js');
  chmodSync(main, 0o755);
  symlinkSync(main, join(bin, 'nivesh-secrets'));
}

function run(folder: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('a project that has the package installed', () => {
  const project = mkdtempSync(join(tmpdir(), 'own-project-'));
  const outputs = new Map<string, string>();

  beforeAll(() => {
    cpSync(join(root, 'examples/shop'), project, { recursive: true });
    // That of the example points at the sources of this repository.
    writeFileSync(join(project, 'tsconfig.json'), codeBlocks('own-project.md', 'json')[0] ?? '');
    install(project);
    run(project, 'git', 'init', '--quiet');
    for (const line of codeBlocks('own-project.md', 'sh')[0]?.trim().split('\n') ?? []) {
      outputs.set(line, run(project, 'sh', '-c', line));
    }
  });

  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  it('compiles with the types of the package', () => {
    expect(run(project, 'npx', 'tsc', '--noEmit')).toBe('');
  });

  it("is loaded by Pulumi's own runner", async () => {
    const { exitCode, messages } = await runProject({ root: project, stack: 'prod', config: {}, variables: {} });
    expect(exitCode).not.toBe(0);
    expect(messages).toEqual([
      'no environment has the name of the stack, got "prod", allowed: staging; choose one of them with --stack',
    ]);
  });

  it('writes its manifests', () => {
    expect(Object.keys(readFolder(join(project, 'dist')))).toEqual(
      expect.arrayContaining([
        'staging/Deployment.shop-backend.k8s.yaml',
        'staging/ExternalSecret.shop-backend-secrets.k8s.yaml',
      ]),
    );
  });

  it('shows who may read what', () => {
    expect(outputs.get('npx nivesh-secrets matrix')).toMatch(/^staging +shop-backend +shop\/backend +JWT_SECRET /m);
  });

  it('has a .env file that git ignores', () => {
    expect(existsSync(join(project, '.env'))).toBe(true);
    expect(run(project, 'git', 'status', '--short', '--untracked-files=all')).not.toMatch(/\.env$/m);
  });

  it('is delivered on the embedded platform with its own Pulumi program, to the variables of its pods', () => {
    expect(outputs.get('npx nivesh-secrets start --environment staging --once')).toMatch(
      /^shop-backend +shop-backend +shop-backend +\d+ +DATABASE_URL JWT_SECRET JWT_SECRET_PREVIOUS$/m,
    );
  });
});
