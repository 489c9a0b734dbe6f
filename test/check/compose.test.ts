import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  defineCatalog,
  defineEnvironment,
  dotenv,
  issued,
  password,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { type ComposeProject, type ComposeReport, inspectCompose } from '../../lib/check/compose-project';
import { local } from '../../environments/local';
import { deliverDotenv } from '../../lib/dotenv/deliver';
import { LocalProject } from '../support/local-project';

const secret = vaultSecret('app/all', {
  user: username('app'),
  password: password(40),
  token: issued({ by: 'Somebody' }),
});
const env = { DB_USER: secret.user, DB_PASSWORD: secret.password, TOKEN: secret.token };
const environment = defineEnvironment('local', {
  catalog: defineCatalog({ name: 'app', workloads: { web: workload({ namespace: 'app', env }) } }),
  delivery: dotenv({ files: [{ path: '.env', example: '.env.example', workloads: ['web'] }] }),
});

let project: LocalProject;

afterEach(() => {
  project.dispose();
});

async function inspect(
  files: Readonly<Record<string, string>>,
  options: Partial<ComposeProject> = {},
): Promise<ComposeReport> {
  project = LocalProject.with({
    '.env.example': ['DB_USER=app', 'DB_PASSWORD=change-me', 'MODE=fast', 'EMPTY=', 'OLD_TOKEN=change-me', ''].join(
      '\n',
    ),
    ...files,
  });
  const before = project.hash();
  const report = await inspectCompose({ folder: project.root, root: project.root, environment, ...options });
  expect(project.hash()).toBe(before);
  return report;
}

function findingsOf({ findings }: ComposeReport): string[] {
  return findings.map(({ file, line, rule, message }) => `${file}:${line} ${rule} ${message}`);
}

/** The environment of a service, one line each from line 4 on. */
async function check(
  lines: readonly string[],
  options: Partial<ComposeProject> = {},
  envFile?: string,
): Promise<string[]> {
  const text = ['services:', '  web:', '    environment:', ...lines.map((line) => `      ${line}`)].join('\n');
  return findingsOf(
    await inspect({ 'compose.yaml': text, ...(envFile === undefined ? {} : { '.env': envFile }) }, options),
  );
}

test("Nivesh's own compose file has no finding, before and after its .env is made", async () => {
  project = LocalProject.nivesh();
  const options = { folder: project.root, root: project.root, environment: local };
  expect((await inspectCompose(options)).findings).toEqual([]);
  await deliverDotenv(local, project.root);
  const { findings, notes } = await inspectCompose(options);
  expect(findings).toEqual([]);
  expect(notes.filter((note) => note.includes('empty volume'))).toHaveLength(5);
});

test('lists every use with its kind and line', async () => {
  const { variables } = await inspect({
    'compose.yaml': [
      'services:',
      '  web:',
      '    image: "app:${TAG:-latest}"',
      '    command: |',
      '      first $$NOT_ONE',
      '      $MODE ${MODE:+on}',
      '    environment:',
      '      - DB_PASSWORD=${DB_PASSWORD:?needed}',
      '      - TOKEN',
      '      - URL=postgresql://${DB_USER:-app}:${DB_PASSWORD:?needed}@db/${NAME:-${MODE}}',
      '    args: { UNSET: }',
    ].join('\n'),
  });
  const uses = variables.flatMap(({ name, uses: list }) =>
    list.map(({ kind, line, path }) => `${line} ${name} ${kind} ${path}`),
  );
  expect(uses).toEqual([
    '8 DB_PASSWORD required services.web.environment.DB_PASSWORD',
    '10 DB_PASSWORD required services.web.environment.URL',
    '10 DB_USER defaulted services.web.environment.URL',
    '6 MODE bare services.web.command',
    '6 MODE replaced services.web.command',
    '10 MODE bare services.web.environment.URL',
    '10 NAME defaulted services.web.environment.URL',
    '3 TAG defaulted services.web.image',
    '9 TOKEN bare services.web.environment',
  ]);
});

test.each<[string, string, string[]]>([
  ['a required secret', 'A: ${DB_PASSWORD:?x}', []],
  ['a name with a default', 'A: ${DB_USER:-app}', []],
  ['a plain variable', 'A: ${MODE}', []],
  ['a plain variable with a default that nobody declared', 'A: ${LEVEL:-info}', []],
  ['a secret of others that may be missing', 'A: ${TOKEN:-}', []],
  ['a secret in a file', 'DB_PASSWORD_FILE: /run/secrets/db', []],
  ['a switch that is named like a secret', 'ALLOW_EMPTY_PASSWORD: "no"', []],
  ['a plain dollar', 'A: $$DB_PASSWORD', []],
  ['a variable of the shell', 'A: ${HOME}', []],
  ['a secret that a plain dollar is part of', 'A: a$$b${MODE}', []],
])('accepts %s', async (_, line, expected) => {
  expect(await check([line])).toEqual(expected);
});

test.each([
  ['a variable that nobody declared', 'A: ${LEVEL}', 'undeclared LEVEL in services.web.environment.A'],
  ['a secret that nobody declared', 'A: ${API_KEY:-}', 'undeclared API_KEY in services.web.environment.A'],
  ['a secret of the example file only', 'A: ${OLD_TOKEN:?x}', 'undeclared OLD_TOKEN in services.web.environment.A'],
  ['a secret with a default', 'A: ${DB_PASSWORD:-app}', 'secret-default DB_PASSWORD'],
  ['a secret of others with a default', 'A: ${TOKEN-abc}', 'secret-default TOKEN'],
  ['a password that may be empty', 'A: ${DB_PASSWORD:-}', 'secret-default DB_PASSWORD'],
  ['a bare password', 'A: ${DB_PASSWORD}', 'secret-not-required DB_PASSWORD'],
  ['a password that is passed through', 'DB_PASSWORD:', 'secret-not-required DB_PASSWORD'],
  ['a password that may be an empty text', 'A: ${DB_PASSWORD?}', 'secret-not-required DB_PASSWORD'],
  ['a literal password', 'DB_PASSWORD: abc', 'literal-secret services.web.environment.DB_PASSWORD'],
  ['a literal with a plain dollar', 'DB_PASSWORD: a$$b', 'literal-secret services.web.environment.DB_PASSWORD'],
  ['a literal under a short name', 'DB_PASS: abc', 'literal-secret services.web.environment.DB_PASS'],
  ['a password with a default of another name', 'PASSWORD: ${MODE:-abc}', 'secret-default MODE'],
  ['a default inside a default', 'PASSWORD: ${MODE:-${LEVEL:-abc}}', 'secret-default LEVEL'],
  ['a literal number', 'DB_PASSWORD: 1234', 'literal-secret services.web.environment.DB_PASSWORD'],
  ['a password in a URL', 'A: postgresql://${DB_USER}:abc@db/app', 'literal-secret services.web.environment.A: a URL'],
  ['a broken variable', 'A: ${DB-PASSWORD', 'template services.web.environment.A'],
])('finds %s', async (_, line, expected) => {
  expect(await check([line])).toEqual([expect.stringMatching(`^compose.yaml:4 ${expected.replaceAll('.', '\\.')}`)]);
});

test.each([
  ['command: redis-server --requirepass abc'],
  ['command: [redis-server, --requirepass, abc]'],
  ['entrypoint: ["sh", "-c", "app --token=abc"]'],
  ['healthcheck: { test: [CMD, redis-cli, -a, abc, ping] }'],
])('finds a password on a command line: %s', async (line) => {
  const report = await inspect({ 'compose.yaml': `services:\n  web:\n    ${line}\n` });
  expect(findingsOf(report)).toEqual([expect.stringMatching(/^compose\.yaml:3 literal-secret/)]);
});

test('finds what is required in one place and has a default in another, in another file too', async () => {
  const report = await inspect({
    'compose.yaml': 'services: { web: { image: "${DB_USER:?x}" } }\n',
    'compose.override.yaml': 'services:\n  web:\n    environment: ["A=${DB_USER:-app}", "B=${L:-1}", "C=${L:-2}"]\n',
  });
  expect(findingsOf(report)).toEqual([
    'compose.override.yaml:3 inconsistent DB_USER in services.web.environment.A: it has a default here and is required in compose.yaml:1',
    'compose.override.yaml:3 different-defaults L in services.web.environment.C: it has another default in compose.override.yaml:3',
  ]);
});

test('compares with the .env file where there is one', async () => {
  const lines = ['A: ${DB_PASSWORD:?x}', 'B: ${MODE}', 'C: ${EMPTY}', 'D: ${EMPTY:?x}'];
  expect(await check(lines, {}, 'DB_PASSWORD=\nEMPTY=\n')).toEqual([
    'compose.yaml:4 never-set DB_PASSWORD in services.web.environment.A: the .env file sets it to an empty text',
    'compose.yaml:5 never-set MODE in services.web.environment.B: the .env file does not set it',
    'compose.yaml:7 never-set EMPTY in services.web.environment.D: the .env file sets it to an empty text',
  ]);
});

test('says which variables of the shell go before the file', async () => {
  const { notes } = await inspect(
    { 'compose.yaml': 'services: { web: { image: "${MODE}" } }\n', '.env': 'MODE=fast\n' },
    { shell: { MODE: 'slow' } },
  );
  expect(notes[0]).toBe('MODE is set in this shell, which goes before .env');
});

test('reads what is included and extended, once, and says where a file is missing', async () => {
  const report = await inspect({
    'compose.yaml': [
      'include:',
      '  - more/one.yaml',
      '  - path: [more/two.yaml, "more/${MODE}.yaml"]',
      '  - oci://registry.invalid/project',
      '  - more/gone.yaml',
      'x-base: &base { file: more/base.yaml, service: base }',
      'services:',
      '  web: { extends: *base }',
      '  api: { extends: { service: web } }',
    ].join('\n'),
    '.env': 'MODE=fast\n',
    'more/one.yaml': 'include: [../compose.yaml]\nservices: { one: { image: "${ONE}" } }\n',
    'more/two.yaml': 'services: { two: { image: "${TWO}" } }\n',
    'more/fast.yaml': 'services: { two: { command: "${FAST}" } }\n',
    'more/base.yaml': 'services: { base: { image: "${BASE}" } }\n',
  });
  expect(report.files).toEqual(['compose.yaml', 'more/one.yaml', 'more/two.yaml', 'more/fast.yaml', 'more/base.yaml']);
  expect(findingsOf(report).map((line) => line.split(' in ')[0])).toEqual([
    'compose.yaml:5 missing-file more/gone.yaml does not exist',
    'more/one.yaml:1 circular compose.yaml is included here, and includes this file',
    'more/one.yaml:2 undeclared ONE',
    'more/two.yaml:1 undeclared TWO',
    'more/fast.yaml:1 undeclared FAST',
    'more/base.yaml:1 undeclared BASE',
  ]);
  expect(report.notes[0]).toBe(
    'compose.yaml:4: oci://registry.invalid/project is not followed: it would have to be fetched',
  );
});

test('an included file has variables of its own', async () => {
  const files = {
    'compose.yaml': [
      'include:',
      '  - one/compose.yaml',
      '  - { path: two/compose.yaml, env_file: two/own.env, project_directory: . }',
      'services: { web: { image: "${ONE}" } }',
    ].join('\n'),
    'one/compose.yaml': 'services: { one: { image: "${ONE}", env_file: here.env } }\n',
    'one/.env': 'ONE=1\n',
    'one/here.env': '',
    'two/compose.yaml': 'services: { two: { image: "${TWO} ${ONE}", env_file: one/here.env } }\n',
    'two/own.env': 'TWO=2\n',
    'two/.env': 'ONE=not read\n',
  };
  expect(findingsOf(await inspect(files)).map((line) => line.split(' in ')[0])).toEqual([
    'compose.yaml:4 undeclared ONE',
    'two/compose.yaml:1 undeclared ONE',
  ]);
});

test('reports an anchor where it is written, and not where it is merged', async () => {
  const report = await inspect({
    'compose.yaml': [
      'x-env: &env',
      '  DB_PASSWORD: ${DB_PASSWORD:-abc}',
      'services:',
      '  web:',
      '    environment:',
      '      <<: *env',
      '  api: { environment: *env, ports: !reset [] }',
    ].join('\n'),
  });
  expect(findingsOf(report)).toEqual([
    'compose.yaml:2 secret-default DB_PASSWORD in x-env.DB_PASSWORD: a secret has a default, which everybody knows',
  ]);
});

test('reads the files of COMPOSE_FILE', async () => {
  const files = { 'a.yaml': 'services: {}\n', 'b.yaml': 'services: {}\n', '.env': 'COMPOSE_FILE=a.yaml:b.yaml\n' };
  expect((await inspect(files)).files).toEqual(['a.yaml', 'b.yaml']);
});

test.each([
  [
    'a line that is not YAML, and not what follows from it',
    'services:\n  web: { a: ${B} }\n',
    /:2 syntax not YAML: unex/,
  ],
  ['a key twice', 'services:\n  web: {}\n  web: {}\n', /:3 syntax not YAML: duplicate key/],
  ['an empty file', '# nothing\n', /:1 syntax the file is empty/],
  ['a text without keys', '\n- services\n', /:2 syntax the top level is not a map/],
])('finds %s', async (_, text, expected) => {
  expect(findingsOf(await inspect({ 'compose.yaml': text }))).toEqual([expect.stringMatching(expected)]);
});

test('finds bytes that are no text, and fails for a file that cannot be read', async () => {
  const report = await inspect({ 'compose.yaml': 'services: {}\n', 'sub/x': '' });
  expect(report.findings).toEqual([]);
  writeFileSync(join(project.root, 'compose.yaml'), Buffer.from('services: { a: { image: "\xff" } }', 'latin1'));
  const options = { folder: project.root, root: project.root, environment };
  expect(findingsOf(await inspectCompose(options))).toEqual(['compose.yaml:1 syntax the file is not UTF-8 text']);
  await expect(inspectCompose({ ...options, files: ['sub'] })).rejects.toThrow(/sub cannot be read: .*EISDIR/);
});

test('reads every document of a file', async () => {
  const text = 'services: { web: { image: "${ONE}" } }\n---\nservices: { api: { image: "${TWO}" } }\n';
  expect(findingsOf(await inspect({ 'compose.yaml': text })).map((line) => line.split(' in ')[0])).toEqual([
    'compose.yaml:1 undeclared ONE',
    'compose.yaml:3 undeclared TWO',
  ]);
});

test('finds a file of variables that nobody writes', async () => {
  const report = await inspect({
    'compose.yaml': [
      'services:',
      '  web: { env_file: .env }',
      '  api:',
      '    env_file: [there.env, gone.env, { path: optional.env, required: false }, { path: "x${MODE}.env" }]',
    ].join('\n'),
    'there.env': '',
  });
  expect(findingsOf(report)).toEqual([
    'compose.yaml:4 missing-file gone.env does not exist',
    'compose.yaml:4 missing-file x.env does not exist',
  ]);
});

test('the source of a secret is required, and has no other form', async () => {
  const text = 'services: {}\nsecrets:\n  db: { environment: DB_PASSWORD }\n  other: { environment: NOPE }\n';
  const files = { 'compose.yaml': text };
  expect(findingsOf(await inspect(files)).map((line) => line.split(' in ')[0])).toEqual([
    'compose.yaml:4 undeclared NOPE',
  ]);
  project.dispose();
  expect(findingsOf(await inspect({ ...files, '.env': 'DB_PASSWORD=\n' }))[0]).toMatch(
    /^compose.yaml:3 never-set DB_PASSWORD in secrets.db.environment: the .env file sets it to an empty text$/,
  );
});

test('fails without a Compose file, and for one that does not exist', async () => {
  await expect(inspect({})).rejects.toThrow(/^no Compose file in .*, looked for compose.yaml, compose.yml/);
  project.dispose();
  await expect(inspect({}, { files: ['x.yml'] })).rejects.toThrow('no such Compose file: x.yml');
});

test('no report shows a value', async () => {
  const value = 'p4ssw0rd-of-nobody';
  const report = await inspect({
    'compose.yaml': `services:\n  web:\n    environment: ["DB_PASSWORD=${value}", "A=\${DB_PASSWORD:-${value}}", "B=amqp://u:${value}@mq"]\n`,
    '.env': `DB_PASSWORD=${value}\n`,
  });
  expect(report.findings).toHaveLength(3);
  expect(JSON.stringify(report)).not.toContain(value);
});
