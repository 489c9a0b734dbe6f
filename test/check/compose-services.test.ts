import { loadCompose } from '../../lib/check/compose-loader';
import { type ComposeService, readServices } from '../../lib/check/compose-services';
import { memoryReader } from './support/memory-reader';

async function read(
  files: Readonly<Record<string, string>>,
  names: readonly string[] = ['compose.yaml'],
): Promise<ReturnType<typeof readServices>> {
  const paths = names.map((name) => `/app/${name}`);
  const { entries } = await loadCompose([{ paths, base: '/app' }], memoryReader(files));
  return readServices(entries, '/app');
}

async function serviceOf(files: Readonly<Record<string, string>>, name: string): Promise<ComposeService | undefined> {
  const { services, findings } = await read(files);
  expect(findings).toEqual([]);
  return services.find((service) => service.name === name);
}

/** `NAME file:line` of each variable. */
function environmentOf(service: ComposeService | undefined): string[] {
  return [...(service?.environment ?? [])].map(
    ([
      name,
      {
        location: { file, line },
      },
    ]) => `${name} ${file}:${line}`,
  );
}

test('a service has what it says, with the line of each variable', async () => {
  const service = await serviceOf(
    {
      'compose.yaml': [
        'x-common: &common',
        '  SHARED: 1',
        'services:',
        '  web:',
        '    build: { context: ./web/ }',
        '    image: app/web',
        '    env_file: [web.env, { path: ../more.env }]',
        '    environment:',
        '      <<: *common',
        '      OWN:',
      ].join('\n'),
    },
    'web',
  );
  expect(service).toMatchObject({
    location: { file: 'compose.yaml', line: 4 },
    build: { folder: 'web' },
    image: 'app/web',
    envFiles: ['web.env', '../more.env'],
    plain: true,
  });
  expect(environmentOf(service).sort()).toEqual(['OWN compose.yaml:10', 'SHARED compose.yaml:2']);
});

test.each(['.', './', 'https://example.invalid/a.git', 'git@example.invalid:a', '${CONTEXT}'])(
  'a build context is a folder or none: %s',
  async (context) => {
    const service = await serviceOf({ 'compose.yaml': `services: { a: { build: "${context}" } }\n` }, 'a');
    expect(service?.build?.folder).toBe(context.startsWith('.') ? '.' : undefined);
  },
);

test('extends brings what the other service has, which its own goes before, over several files', async () => {
  const service = await serviceOf(
    {
      'compose.yaml': [
        'services:',
        '  web:',
        '    extends: { file: common/base.yaml, service: base }',
        '    env_file: web.env',
        '    environment: [LEVEL=2, OWN=1]',
      ].join('\n'),
      'common/base.yaml': [
        'services:',
        '  base:',
        '    extends: first',
        '    build: ./app',
        '    env_file: base.env',
        '    environment: { LEVEL: 1, BASE: 1 }',
        '  first: { environment: { FIRST: 1 }, image: app }',
      ].join('\n'),
    },
    'web',
  );
  expect(service).toMatchObject({
    location: { file: 'compose.yaml', line: 2 },
    build: { folder: 'common/app' },
    image: 'app',
    envFiles: ['common/base.env', 'web.env'],
    plain: true,
  });
  expect(environmentOf(service)).toEqual([
    'FIRST common/base.yaml:7',
    'LEVEL compose.yaml:5',
    'BASE common/base.yaml:6',
    'OWN compose.yaml:5',
  ]);
});

test('!reset and !override leave out what is extended', async () => {
  const { services } = await read({
    'compose.yaml': [
      'services:',
      '  base: { env_file: base.env, environment: [A, B] }',
      '  none: { extends: base, env_file: !reset [], environment: !reset null }',
      '  other: { extends: base, env_file: !override [own.env], environment: !override [C] }',
      '  last: { extends: other, environment: [D] }',
    ].join('\n'),
  });
  expect(services.map(({ name, environment, envFiles }) => [name, [...environment.keys()], envFiles])).toEqual([
    ['base', ['A', 'B'], ['base.env']],
    ['none', [], []],
    ['other', ['C'], ['own.env']],
    ['last', ['C', 'D'], ['own.env']],
  ]);
});

test('the files of a project are merged, and included services have paths from their own folder', async () => {
  const { services } = await read(
    {
      'compose.yaml': 'include: [db/compose.yaml]\nservices: { web: { build: ., environment: [A, B] } }\n',
      'compose.override.yaml': 'services:\n  web: { environment: [B, C], env_file: x.env }\n',
      'db/compose.yaml': 'services: { db: { build: ., env_file: db.env } }\n',
    },
    ['compose.yaml', 'compose.override.yaml'],
  );
  const [web, db] = services;
  expect(environmentOf(web)).toEqual(['A compose.yaml:2', 'B compose.override.yaml:2', 'C compose.override.yaml:2']);
  expect(web).toMatchObject({
    location: { file: 'compose.yaml', line: 2 },
    build: { folder: '.' },
    envFiles: ['x.env'],
  });
  expect(db).toMatchObject({ name: 'db', build: { folder: 'db' }, envFiles: ['db/db.env'] });
});

test('a file goes over what it includes, and may extend it; what two of them include is one service', async () => {
  const { services, findings } = await read({
    'compose.yaml': [
      'include: [one.yaml, two.yaml]',
      'services:',
      '  db: { environment: { OWN: 1 } }',
      '  copy: { extends: cache, command: run }',
    ].join('\n'),
    'one.yaml': 'include: [shared.yaml]\nservices: { db: { extends: cache, image: one } }\n',
    'two.yaml': 'include: [shared.yaml]\n',
    'shared.yaml': 'services: { cache: { environment: { SHARED: 1 } } }\n',
  });
  expect(findings).toEqual([]);
  const found = services.map((service) => [service.name, service.image, ...environmentOf(service)]);
  expect(found.sort()).toEqual([
    ['cache', undefined, 'SHARED shared.yaml:1'],
    ['copy', undefined, 'SHARED shared.yaml:1'],
    ['db', 'one', 'SHARED shared.yaml:1', 'OWN compose.yaml:3'],
  ]);
});

test('a long chain of inclusions is read', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [
      index === 0 ? 'compose.yaml' : `${index}.yaml`,
      `include: [${index + 1}.yaml]\nservices: { s${index}: { extends: s${index + 1} } }\n`,
    ]),
  );
  const { services, findings } = await read({ ...files, '1000.yaml': 'services: { s1000: { image: last } }\n' });
  expect(findings).toEqual([]);
  expect(services.find(({ name }) => name === 's0')?.image).toBe('last');
});

test.each([
  ['itself', 'services:\n  a: { extends: a }\n', ['circular compose.yaml:2 the service a extends itself in the end']],
  [
    'one that extends it',
    'services:\n  a: { extends: b }\n  b: { extends: { service: c } }\n  c:\n    extends: { service: a, file: compose.yaml }\n',
    ['circular compose.yaml:5 the service a extends itself in the end'],
  ],
  [
    'one that is not there',
    'services:\n  a:\n    extends: b\n',
    ['missing-service compose.yaml:3 compose.yaml has no service b, which is extended here'],
  ],
  [
    'one that another file does not have',
    'services:\n  a: { extends: { file: other.yaml, service: b } }\n',
    ['missing-service compose.yaml:2 other.yaml has no service b, which is extended here'],
  ],
])('a service that extends %s is reported once, and not all of it is known', async (_, text, expected) => {
  const { services, findings } = await read({ 'compose.yaml': text, 'other.yaml': 'services: { c: {} }\n' });
  expect(findings.map(({ rule, file, line, message }) => `${rule} ${file}:${line} ${message}`)).toEqual(expected);
  expect(services.map(({ plain }) => plain)).not.toContain(true);
});

test('nothing is said about services of a file that is missing, broken or elsewhere', async () => {
  for (const file of ['gone.yaml', 'broken.yaml', 'oci://registry.invalid/a', '"${X}.yaml"']) {
    const { services, findings } = await read({
      'compose.yaml': `services: { a: { extends: { file: ${file}, service: b } } }\n`,
      'broken.yaml': 'services: { b: [\n',
    });
    expect([services.map(({ plain }) => plain), findings]).toEqual([[false], []]);
  }
});

test('a chain of any length takes little time', async () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `  s${index}: { extends: s${index + 1} }`);
  const { services } = await read({ 'compose.yaml': ['services:', ...lines, '  s5000: { image: a }'].join('\n') });
  expect([services.length, services[0]?.image]).toEqual([5_001, 'a']);
});

test('services of any shape are read without a failure', async () => {
  for (const text of [
    'services: []',
    'services: { a: [] }',
    'services: { a: { environment: 1, env_file: [[a]], extends: [], build: [] } }',
    'services: { a: { environment: [1, "=x", ""], extends: { file: 7, service: 8 } } }',
    'a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nservices: { a: { environment: [*c, *c] } }',
  ]) {
    const { services } = await read({ 'compose.yaml': `${text}\n` });
    expect(services.flatMap(({ environment }) => [...environment.keys()])).toEqual([]);
  }
});
