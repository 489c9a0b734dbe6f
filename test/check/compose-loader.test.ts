import { loadCompose, type LoadedCompose } from '../../lib/check/compose-loader';
import { memoryReader } from './support/memory-reader';

async function load(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<LoadedCompose> {
  return await loadCompose([{ paths: ['/app/compose.yaml'], base: '/app' }], memoryReader(files, variables));
}

function linesOf(notes: LoadedCompose['notes']): string[] {
  return notes.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

const service = 'services: { a: { image: a } }\n';

test('reads the short form, the long form and a list of files that are merged', async () => {
  const { files, entries, findings } = await load({
    'compose.yaml': [
      'include:',
      '  - one/compose.yaml',
      '  - path: two/compose.yaml',
      '  - path: [three/compose.yaml, override.yaml]',
      '    project_directory: four',
    ].join('\n'),
    'one/compose.yaml': 'include: [nested/compose.yaml]\n',
    'one/nested/compose.yaml': service,
    'two/compose.yaml': service,
    'three/compose.yaml': service,
    'override.yaml': service,
  });
  expect(findings).toEqual([]);
  expect(files.map(({ path }) => path)).toEqual([
    'compose.yaml',
    'one/compose.yaml',
    'two/compose.yaml',
    'three/compose.yaml',
    'override.yaml',
    'one/nested/compose.yaml',
  ]);
  const included = entries.flatMap((entry) => entry.included.map(({ set }) => set));
  expect(included.map((set) => [set.base, set.files.map(({ path }) => path)])).toEqual([
    ['/app/one', ['one/compose.yaml']],
    ['/app/two', ['two/compose.yaml']],
    ['/app/four', ['three/compose.yaml', 'override.yaml']],
  ]);
});

test('variables of env_file, or of the .env beside the file, fill the paths of an included file', async () => {
  const { files, findings } = await load({
    'compose.yaml': 'include: [one/compose.yaml, { path: two/compose.yaml, env_file: [a.env, b.env] }]\n',
    'one/compose.yaml': 'include: ["${PART}.yaml"]\n',
    'one/.env': 'PART=own\n',
    'one/own.yaml': service,
    'two/compose.yaml': 'include: ["${PART}.yaml"]\n',
    'a.env': 'PART=first\n',
    'b.env': 'PART=last\n',
    'two/last.yaml': service,
  });
  expect([files.map(({ path }) => path).slice(3), findings]).toEqual([['one/own.yaml', 'two/last.yaml'], []]);
});

test('says once where a file is missing that is included or extended', async () => {
  const { findings } = await load({
    'compose.yaml': [
      'include:',
      '  - gone.yaml',
      '  - path: [there.yaml, lost.yaml]',
      'services:',
      '  a: { extends: { file: none.yaml, service: x } }',
      '  b: { extends: { file: none.yaml, service: y } }',
    ].join('\n'),
    'there.yaml': service,
  });
  expect(linesOf(findings)).toEqual([
    'compose.yaml:2 gone.yaml does not exist',
    'compose.yaml:3 lost.yaml does not exist',
    'compose.yaml:5 none.yaml does not exist',
  ]);
});

test.each([
  ['itself', { 'compose.yaml': 'include: [compose.yaml]\n' }, ['compose.yaml:1 compose.yaml']],
  [
    'each other',
    { 'compose.yaml': 'include: [b.yaml]\n', 'b.yaml': '\n\ninclude: [compose.yaml]\n' },
    ['b.yaml:3 compose.yaml'],
  ],
  [
    'one that comes back by a long way, also where another way was first',
    {
      'compose.yaml': 'include: [b.yaml, c.yaml]\n',
      'b.yaml': 'include: [c.yaml]\n',
      'c.yaml': 'include: [b.yaml]\n',
    },
    ['c.yaml:1 b.yaml'],
  ],
])('a file that includes %s is read once and reported once', async (_, files, expected) => {
  const loaded = await load(files);
  expect(loaded.files).toHaveLength(Object.keys(files).length);
  expect(loaded.findings.map(({ rule, file, line, message }) => [rule, `${file}:${line} ${message}`])).toEqual(
    expected.map((line) => ['circular', `${line} is included here, and includes this file in turn`]),
  );
});

test('a file that two others include is no circle', async () => {
  const { findings, files } = await load({
    'compose.yaml': 'include: [b.yaml, c.yaml]\n',
    'b.yaml': 'include: [d.yaml]\n',
    'c.yaml': 'include: [d.yaml]\n',
    'd.yaml': service,
  });
  expect([findings, files.length]).toEqual([[], 4]);
});

test('ends where each inclusion has another project folder', async () => {
  const { findings, files } = await load({
    'compose.yaml': 'include: [{ path: /app/compose.yaml, project_directory: below }]\n',
  });
  expect([files.length, findings.map(({ rule }) => rule)]).toEqual([1, ['circular']]);
});

test('does not follow what is fetched, what is not readable, and paths that nobody knows', async () => {
  const { notes, findings } = await load({
    'compose.yaml': [
      'include:',
      '  - oci://registry.invalid/project',
      '  - git@example.invalid:team/project.git',
      '  - https://example.invalid/project.git#main:compose.yaml',
      '  - "${WHO}/compose.yaml"',
      '  - forbidden.yaml',
      '  - "${WHERE:-there}.yaml"',
    ].join('\n'),
    'there.yaml': service,
  });
  expect(findings).toEqual([]);
  expect(linesOf(notes)).toEqual([
    'compose.yaml:2 oci://registry.invalid/project is not followed: it would have to be fetched',
    'compose.yaml:3 git@example.invalid:team/project.git is not followed: it would have to be fetched',
    'compose.yaml:4 https://example.invalid/project.git#main:compose.yaml is not followed: it would have to be fetched',
    'compose.yaml:5 ${WHO}/compose.yaml is not followed: nothing here sets the variables in its path',
    'compose.yaml:6 forbidden.yaml is not followed: nobody may read it',
  ]);
  expect(
    (await load({ 'compose.yaml': 'include: ["${WHO}.yaml"]\n', 'me.yaml': service }, { WHO: 'me' })).notes,
  ).toEqual([]);
});

test('entries of any shape are passed over', async () => {
  for (const include of ['x.yaml', '{ path: x.yaml }', '[1, null, [], {}, { path: 7 }]', '[*none]', '&a [*a]']) {
    expect((await load({ 'compose.yaml': `include: ${include}\n` })).files).toHaveLength(1);
  }
});
