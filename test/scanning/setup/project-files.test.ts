import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { planSetup } from '../../../lib/scanning/setup/project-files';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  write('package.json', JSON.stringify({ devDependencies: { 'nivesh-secrets': '0.1.0' } }));
  write('package-lock.json', '{}');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

it('plans three files, and none of them again', async () => {
  const files = await planSetup(root);
  expect(files.map(({ path, before }) => [path, before])).toEqual([
    ['.pre-commit-config.yaml', undefined],
    ['.gitignore', undefined],
    ['.github/workflows/secret-scan.yml', undefined],
  ]);
  files.forEach(({ path, after }) => {
    write(path, after);
  });
  expect((await planSetup(root)).filter(({ before, after }) => before !== after)).toEqual([]);
});

it.each([
  ['package-lock.json', 'npm ci --ignore-scripts'],
  ['pnpm-lock.yaml', 'corepack enable && pnpm install --frozen-lockfile --ignore-scripts'],
])('installs in the workflow what %s says', async (file, command) => {
  rmSync(join(root, 'package-lock.json'));
  write(file, '');
  expect((await planSetup(root))[2]?.after).toContain(`run: ${command}`);
});

it('fails for everything that is in the way at once', async () => {
  write('package.json', '{}');
  rmSync(join(root, 'package-lock.json'));
  write('.pre-commit-config.yaml', Buffer.from('repos: []\n', 'utf16le'));
  mkdirSync(join(root, '.gitignore'));
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  symlinkSync(outside, join(root, '.github'));
  let message = '';
  await planSetup(root).catch((error: unknown) => {
    message = (error as Error).message;
  });
  rmSync(outside, { recursive: true });
  expect(message).toMatchInlineSnapshot(`
   "the repository has 5 problems
     package.json: the hook and the workflow run nivesh-secrets, and it is no dependency, got "", allowed: nivesh-secrets in "dependencies" or "devDependencies", fix: install it in the top folder of the repository
     package.json: no lock file says which packages the workflow installs, got none, allowed: package-lock.json, npm-shrinkwrap.json, pnpm-lock.yaml, fix: run "npm install" and commit package-lock.json
     .pre-commit-config.yaml: it cannot be read as text, got other bytes, allowed: UTF-8, fix: save it as UTF-8
     .gitignore: it is not a file, got something else, allowed: a file, fix: replace it by a file
     .github: it is not a folder, got a symbolic link, allowed: a folder, fix: replace it by a folder"
  `);
});
