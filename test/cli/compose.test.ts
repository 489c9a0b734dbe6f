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

const compose = (...options: string[]): string[] => ['compose', '--directory', project.root, ...options];

test('lists variables with where they come from', async () => {
  const { code, stdout } = await runCommand(compose());
  expect(code).toBe(0);
  expect(stdout).toMatch(/^REDIS_PASSWORD +yes +catalog +set +required docker-compose\.yml:40$/m);
  expect(stdout).toMatch(/^MONGO_DB +no +example +set +defaulted docker-compose\.yml:30$/m);
}, 60_000);

test('--check exits with 0 where all is fine, and with 1 for a finding', async () => {
  const fine = await runCommand(compose('--check', '--json'));
  expect([fine.code, (JSON.parse(fine.stdout) as { findings: unknown }).findings]).toEqual([0, []]);
  project.edit('docker-compose.yml', ':?run nivesh-secrets env}', ':-postgres}');
  const { code, stdout } = await runCommand(compose('--check'));
  expect(code).toBe(1);
  expect(stdout).toContain(
    'docker-compose.yml:11: POSTGRES_PASSWORD in services.postgres.environment.POSTGRES_PASSWORD: a secret has a default, which everybody knows\n' +
      '  fix: write ${POSTGRES_PASSWORD:?run nivesh-secrets env}\n',
  );
}, 60_000);

test('fails with 2 for a file that does not exist, and with 1 for an .env file that Docker Compose refuses', async () => {
  const missing = await runCommand(compose('-f', 'nowhere.yml'));
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('no such Compose file: ')]);
  project.write('.env', 'A=1\nB="\n');
  const broken = await runCommand(compose('--check'));
  expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('.env:2: a quote is not closed')]);
}, 60_000);

test('--dotenv names another file; --env-file, which Node.js takes for itself, is refused', async () => {
  project.write('.env.other', 'POSTGRES_USER=app\n');
  const other = await runCommand(compose('--check', '--dotenv', join(project.root, '.env.other')));
  expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('the .env file does not set it')]);
  const refused = await runCommand(compose('--env-file', join(project.root, '.env.other')));
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('fix: name the file with --dotenv')]);
  const missing = await runCommand(compose('--dotenv', join(project.root, 'gone')));
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('error: gone does not exist')]);
}, 60_000);

test('notes in one line what is declared and not used', async () => {
  project.write('one.yml', 'services: { a: { image: "${MONGO_DB}" } }\n');
  const { code, stdout } = await runCommand(compose('--check', '-f', join(project.root, 'one.yml')));
  expect([code, stdout.trimEnd().split('\n')]).toEqual([
    0,
    [expect.stringMatching(/^note: declared for \.env, and used by no Compose file: POSTGRES_USER, /), 'fine: one.yml'],
  ]);
}, 60_000);
