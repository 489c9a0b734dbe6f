import { relative } from 'node:path';
import { defineCatalog, defineEnvironment, dotenv, password, vaultSecret, workload } from '../../lib/catalog';
import { loadComposeFiles } from '../../lib/check/compose-files';
import { inspectCompose } from '../../lib/check/compose-project';
import { readServices } from '../../lib/check/compose-services';
import { readAsCompose } from '../../lib/dotenv/readers';
import { ComposeGo } from '../support/compose-go';
import { LocalProject } from '../support/local-project';

const secret = vaultSecret('app/all', { password: password(40) });
const laptop = defineEnvironment('local', {
  catalog: defineCatalog({
    name: 'app',
    workloads: { web: workload({ namespace: 'app', env: { A: secret.password } }) },
  }),
  delivery: dotenv({ files: [{ path: '.env', workloads: ['web'] }] }),
});

/** Every way in which one file brings another, and every form of a variable. */
const files = {
  'docker-compose.yml': `
include:
  - included/one.yaml
x-common: &common
  A: \${A:?needed}
services:
  web:
    extends: { file: base.yaml, service: base }
    environment:
      <<: *common
      B: \${B:-b}\${C?}
      D: \${E:-\${F:?nested}}
      G: $G $$NOT \${H}
    healthcheck: { test: ["CMD", "true", "\${I:?list}"] }
  api: { image: "api:\${J:?}" }
`,
  'docker-compose.override.yml': 'services: { web: { command: ["\${K:?override}"] } }\n',
  'base.yaml': 'services: { base: { image: "base:\${L:?base}" }, other: { image: "x:\${M:?same file}" } }\n',
  'included/one.yaml': 'services: { one: { image: "one:\${N:?included}" } }\n',
};

interface ComposeProject {
  readonly services: Readonly<
    Record<string, { readonly environment?: object; readonly build?: { readonly context: string } }>
  >;
}

let compose: ComposeGo;
let project: LocalProject;

beforeAll(() => {
  compose = new ComposeGo();
  project = LocalProject.with(files);
}, 300_000);

afterAll(() => {
  project.dispose();
  compose.dispose();
});

test('the variables that are listed as required are the ones that Docker Compose insists on', async () => {
  const { variables } = await inspectCompose({ folder: project.root, root: project.root, environment: laptop });
  const required = variables.filter(({ uses }) => uses.some(({ kind }) => kind === 'required')).map(({ name }) => name);
  const set = (names: readonly string[]): void => {
    project.write('.env', names.map((name) => `${name}=1\n`).join(''));
  };
  set(required);
  expect(compose.config(project.root).error).toBeUndefined();
  for (const name of required) {
    set(required.filter((other) => other !== name));
    // F is the default of E, which is not set either.
    expect([name, compose.config(project.root).error]).toEqual([
      name,
      expect.stringContaining(`variable ${name} is missing`),
    ]);
  }
  expect(required).toEqual(['A', 'C', 'F', 'I', 'J', 'K', 'L', 'M', 'N']);
});

test('an included file has the variables that Docker Compose gives it', async () => {
  const own = LocalProject.with({
    'compose.yaml': 'include: [one/compose.yaml, { path: two/compose.yaml, env_file: two/own.env }]\n',
    'one/compose.yaml': 'services: { one: { image: "${ONE:?one}", env_file: here.env } }\n',
    'one/.env': 'ONE=1\n',
    'one/here.env': 'A=1\n',
    'two/compose.yaml': 'services: { two: { image: "${TWO:?two}" } }\n',
    'two/own.env': 'TWO=2\n',
    'two/.env': 'ONE=not read\n',
  });
  const findings = async (): Promise<string[]> => {
    const report = await inspectCompose({ folder: own.root, root: own.root, environment: laptop });
    return report.findings.map(({ rule, message }) => `${rule} ${message.split(' ')[0] ?? ''}`);
  };
  try {
    expect([compose.config(own.root).error, await findings()]).toEqual([undefined, []]);
    own.remove('two/own.env');
    own.write('two/own.env', '');
    expect(compose.config(own.root).error).toContain('variable TWO is missing');
    expect(await findings()).toEqual(['undeclared TWO']);
    own.write('two/own.env', 'TWO=2\n');
    own.remove('one/here.env');
    expect(compose.config(own.root).error).toContain('here.env not found');
    expect(await findings()).toEqual(['missing-file one/here.env']);
  } finally {
    own.dispose();
  }
});

const everyWayToMerge = {
  'compose.yaml': `
include:
  - one/compose.yaml
  - path: [two/compose.yaml, two/more.yaml]
    project_directory: three
services:
  web:
    build: ./web
    extends: { file: base/base.yaml, service: base }
    env_file: web.env
    environment: [LEVEL=2, OWN=1]
  plain: { image: a, extends: web, environment: !override { ONLY: 1 } }
  none: { image: a, extends: web, env_file: !reset [], environment: !reset null }
`,
  'compose.override.yaml': 'services: { web: { environment: { OVER: 1 }, env_file: [over.env] } }\n',
  'base/base.yaml':
    'services: { base: { extends: first, env_file: base.env, environment: { LEVEL: 1 } }, first: { image: a, environment: { FIRST: 1 } } }\n',
  'base/base.env': 'BASE_FILE=1\n',
  'web.env': 'WEB_FILE=1\n',
  'over.env': 'OVER_FILE=1\n',
  'one/compose.yaml': 'services: { one: { build: ., env_file: one.env } }\n',
  'one/one.env': 'ONE_FILE=1\n',
  'two/compose.yaml': 'services: { two: { build: ., env_file: three.env, environment: [A=1] } }\n',
  'two/more.yaml': 'services: { two: { environment: [B=1] } }\n',
  'three/three.env': 'THREE_FILE=1\n',
};

/** What a project includes and changes, twice and by two ways. */
const changedAfterInclusion = {
  'compose.yaml': `
include: [one/compose.yaml, two/compose.yaml]
services:
  db: { env_file: own.env, environment: { LEVEL: 1, OWN: 1 } }
  copy: { extends: db, environment: { COPY: 1 } }
  far: { extends: cache, image: a }
`,
  'compose.override.yaml': 'services: { cache: { environment: { OVER: 1 } } }\n',
  'own.env': 'OWN_FILE=1\n',
  'one/compose.yaml': `
include: [../shared/compose.yaml]
services:
  db: { build: ., extends: cache, env_file: one.env, environment: { LEVEL: 0, BASE: 1 } }
`,
  'one/one.env': 'ONE_FILE=1\n',
  'two/compose.yaml': 'include: [../shared/compose.yaml]\nservices: { db: { environment: { SECOND: 1, LEVEL: 2 } } }\n',
  'shared/compose.yaml': 'services: { cache: { image: a, environment: { SHARED: 1 } } }\n',
};

test.each([
  ['every way to merge', everyWayToMerge, 5],
  ['services that are included and changed', changedAfterInclusion, 4],
])('services give their programs the variables that Docker Compose gives them: %s', async (_, projectFiles, count) => {
  const own = LocalProject.with(projectFiles);
  try {
    const { project: theirs, error } = compose.config(own.root);
    expect(error).toBeUndefined();
    const { entries } = await loadComposeFiles({ folder: own.root, lookup: () => undefined });
    const { services, findings } = readServices(entries, own.root);
    expect(findings).toEqual([]);
    const ours = services.map(({ name, environment, envFiles, build }) => {
      const fromFiles = envFiles.flatMap((path) => [...readAsCompose(own.read(path)).keys()]);
      return [name, [...new Set([...fromFiles, ...environment.keys()])].sort(), build?.folder];
    });
    const expected = Object.entries((theirs as ComposeProject).services).map(([name, service]) => [
      name,
      Object.keys(service.environment ?? {}).sort(),
      service.build && relative(own.root, service.build.context),
    ]);
    expect(ours.sort()).toEqual(expected.sort());
    expect(ours).toHaveLength(count);
  } finally {
    own.dispose();
  }
});

test.each([
  ['include: [a.yaml]\n', 'include: [compose.yaml]\n', 'include cycle', 'circular'],
  ['services: { a: { extends: b }, b: { extends: a } }\n', '', 'circular', 'circular'],
  [
    'services: { a: { extends: { file: a.yaml, service: b } } }\n',
    'services: { c: {} }\n',
    'not found',
    'missing-service',
  ],
  ['services: { a: { extends: b } }\n', '', 'not found', 'missing-service'],
  [
    'services: { a: { extends: { file: a.yaml, service: a } } }\n',
    'include: [compose.yaml]\nservices: { c: {} }\n',
    'not found',
    'missing-service',
  ],
])(
  'what leads nowhere or back is refused by Docker Compose, and has a finding: %j',
  async (text, other, words, rule) => {
    const own = LocalProject.with({ 'compose.yaml': text, 'a.yaml': other });
    try {
      expect(compose.config(own.root).error?.toLowerCase()).toContain(words);
      const { findings } = await inspectCompose({ folder: own.root, root: own.root, environment: laptop });
      expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    } finally {
      own.dispose();
    }
  },
);

test.each([
  ['', 'empty'],
  ['- a\n', 'mapping'],
  ['services:\n  a: {}\n  a: {}\n', 'already defined'],
])('a file that Docker Compose refuses has a finding: %j', async (text, words) => {
  const own = LocalProject.with({ 'compose.yaml': text });
  try {
    expect(compose.config(own.root).error).toContain(words);
    const { findings } = await inspectCompose({ folder: own.root, root: own.root, environment: laptop });
    expect(findings.map(({ rule }) => rule)).toEqual(['syntax']);
  } finally {
    own.dispose();
  }
});

test('files are found as Docker Compose finds them', async () => {
  const { files: read } = await inspectCompose({ folder: project.root, root: project.root, environment: laptop });
  expect(read).toEqual(['docker-compose.yml', 'docker-compose.override.yml', 'included/one.yaml', 'base.yaml']);
});
