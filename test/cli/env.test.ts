import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { runCommand } from '../support/command-line';
import { LocalProject } from '../support/local-project';

let project: LocalProject;

beforeEach(() => {
  project = LocalProject.nivesh();
});

afterEach(() => {
  project.dispose();
});

const env = (...options: string[]): string[] => ['env', '--directory', project.root, ...options];
const token = `hf_${randomBytes(20).toString('hex')}`;

test('writes, says what it did by name, and finds nothing afterwards', async () => {
  const written = await runCommand(env());
  expect(written.code).toBe(0);
  expect(written.stdout).toMatch(/^backend\/\.env: made from its example\n {2}generated {2}JWT_SECRET\n/m);
  expect(written.stdout).toMatch(/^ {2}waiting {4}HUGGINGFACE_TOKEN is issued by Hugging Face: set it yourself/m);
  const { JWT_SECRET = '', DATABASE_URL = '', REDIS_PASSWORD = '' } = project.values('backend/.env');
  for (const value of [JWT_SECRET, DATABASE_URL, REDIS_PASSWORD]) {
    expect(value).not.toBe('');
    expect(written.stdout + written.stderr).not.toContain(value);
  }
  const checked = await runCommand(env('--check', '--json'));
  expect(checked.code).toBe(0);
  expect(JSON.parse(checked.stdout)).toMatchObject({ environment: 'local', findings: [] });
}, 60_000);

test('--check has findings in a fresh clone, and exits with 1', async () => {
  const before = project.hash();
  const { code, stdout } = await runCommand(env('--check'));
  expect(code).toBe(1);
  expect(stdout).toMatchInlineSnapshot(`
   "note: .env: FIREBASE_PRIVATE_KEY is issued by Firebase (Google Cloud service account): set it yourself with --set FIREBASE_PRIVATE_KEY
   note: backend/.env: FIREBASE_PRIVATE_KEY is issued by Firebase (Google Cloud service account): set it yourself with --set FIREBASE_PRIVATE_KEY
   note: ml-services/.env: HUGGINGFACE_TOKEN is issued by Hugging Face: set it yourself with --set HUGGINGFACE_TOKEN
   .env: the file does not exist
     fix: run "nivesh-secrets env --environment local"
   backend/.env: the file does not exist
     fix: run "nivesh-secrets env --environment local"
   ml-services/.env: the file does not exist
     fix: run "nivesh-secrets env --environment local"
   3 findings
   "
  `);
  expect(project.hash()).toBe(before);
}, 60_000);

test('--set reads standard input or a private file', async () => {
  expect((await runCommand(env('--set', 'HUGGINGFACE_TOKEN'), { input: `${token}\n` })).code).toBe(0);
  expect(project.values('ml-services/.env').HUGGINGFACE_TOKEN).toBe(token);
  project.write('.env.token', `${token}2\n`);
  const from = ['--from', join(project.root, '.env.token')];
  expect((await runCommand(env('--set', 'HUGGINGFACE_TOKEN', ...from))).code).toBe(0);
  expect(project.values('ml-services/.env').HUGGINGFACE_TOKEN).toBe(`${token}2`);
  project.write('.env.token', token, 0o644);
  const refused = await runCommand(env('--set', 'HUGGINGFACE_TOKEN', ...from));
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('its mode is 0644, allowed: 0600 or 0400'),
  ]);
}, 60_000);

test('--rotate says what a new value does not do by itself', async () => {
  const { code, stdout } = await runCommand(env('--rotate', 'POSTGRES_PASSWORD', '--json'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    notes: [expect.stringMatching(/^nivesh\/postgres.password: a postgresql that has data keeps the old password/)],
  });
}, 60_000);

test('begins a file empty where its example is missing, and says so', async () => {
  project.remove('ml-services/.env.example');
  const { code, stdout } = await runCommand(env());
  expect(code).toBe(0);
  expect(stdout).toContain(
    'note: ml-services/.env begins empty, because its example ml-services/.env.example does not exist\n' +
      'ml-services/.env: made\n',
  );
}, 60_000);

test.each([
  ['an environment without files', ['--environment', 'staging'], 2, 'has no .env files'],
  ['an unknown environment', ['--environment', 'nowhere'], 2, 'unknown environment "nowhere"'],
  ['an unknown variable', ['--rotate', 'NOPE'], 2, 'no declared file has this variable'],
  ['a check that should write', ['--check', '--rotate', 'JWT_SECRET'], 2, '--check changes nothing'],
  ['a file without a name', ['--from', 'x'], 2, '--from was given without --set'],
  ['a file without a name in a check', ['--check', '--from', 'x'], 2, '--from was given without --set'],
  ['a folder in place of a value', ['--set', 'HUGGINGFACE_TOKEN', '--from', '.'], 2, '. is a folder'],
  ['a folder that is not there', ['--directory', '/nowhere'], 2, '/nowhere is not a folder'],
  ['a name as an argument', ['JWT_SECRET'], 2, 'too many arguments'],
])(
  'fails for %s',
  async (_, options, code, message) => {
    const before = project.hash();
    const result = await runCommand(env(...options));
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(project.hash()).toBe(before);
  },
  60_000,
);

test('fails with 1 where git would take a file, and with 3 where there is no git', async () => {
  project.write('.gitignore', '\n');
  const before = project.hash();
  const exposed = await runCommand(env());
  expect([exposed.code, exposed.stderr]).toEqual([
    1,
    expect.stringContaining('add to .gitignore: .env* and !.env*.example'),
  ]);
  project.removeGit();
  const outside = await runCommand(env());
  expect([outside.code, outside.stderr]).toEqual([3, expect.stringContaining('fix: run "git init" there')]);
  expect(project.hash()).toBe(before);
}, 60_000);
