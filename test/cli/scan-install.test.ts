import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCommand } from '../support/command-line';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scan-install-'));
  execFileSync('git', ['init', '--quiet', root]);
  writeFileSync(join(root, 'package.json'), '{ "devDependencies": { "nivesh-secrets": "0.1.0" } }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, '.gitignore'), '# ours\nnode_modules\n');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

async function install(options: readonly string[] = [], cwd = root): Promise<CommandResult> {
  return await runCommand(['scan', '--install', ...options], { cwd });
}

it('writes what is missing, and the second time nothing', async () => {
  expect(await install()).toEqual({ code: 0, stderr: '', stdout: expect.stringMatching(/^FILE/) as string });
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toMatch(/^# ours\nnode_modules\n\.env\*\n/);
  const { code, stdout } = await install();
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
   "FILE
   .pre-commit-config.yaml            complete
   .gitignore                         complete
   .github/workflows/secret-scan.yml  complete
   "
  `);
});

it('shows with --dry-run what git then applies', async () => {
  const { code, stdout } = await install(['--dry-run']);
  expect([code, existsSync(join(root, '.pre-commit-config.yaml'))]).toEqual([0, false]);
  expect(stdout).toContain('+.embedded/\n');
  execFileSync('git', ['-C', root, 'apply'], { input: stdout });
  expect(JSON.parse((await install(['--json'])).stdout)).toEqual({
    dryRun: false,
    files: ['.pre-commit-config.yaml', '.gitignore', '.github/workflows/secret-scan.yml'].map((path) => ({
      path,
      state: 'complete',
    })),
  });
});

it('fails for what is in the way, and writes no file', async () => {
  writeFileSync(
    join(root, '.pre-commit-config.yaml'),
    'repos:\n  - repo: https://github.com/Yelp/detect-secrets\n    rev: v1.4.0\n    hooks: [{ id: detect-secrets }]\n',
  );
  const { code, stderr } = await install();
  expect(code).toBe(2);
  expect(stderr).toMatchInlineSnapshot(`
   "error: the repository has 1 problem
     .pre-commit-config.yaml: repos[0]: detect-secrets is at another version, got "v1.4.0", allowed: 01886c8a910c64595c47f186ca1ffc0b77fa5458 (v1.5.0), for tags can be moved, fix: change "rev" to that, or remove the entry and run this again
   "
  `);
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('# ours\nnode_modules\n');
  expect(existsSync(join(root, '.github'))).toBe(false);
});

it('fails below the top of the repository', async () => {
  mkdirSync(join(root, 'below'));
  const { code, stderr } = await install([], join(root, 'below'));
  expect([code, stderr]).toEqual([2, expect.stringContaining('hooks and workflows belong to the whole repository')]);
});
