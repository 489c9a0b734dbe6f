import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspectRepository } from '../../../lib/check/repository/inspect';
import { type Sample, writeSample } from './sample';

let folder = '';

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What is found and noted, as `rule or note file:line words`. */
async function inspect(sample: Sample, below = ''): Promise<string[]> {
  folder = writeSample(sample);
  const { findings, notes } = await inspectRepository(join(folder, below));
  return [
    ...findings.map(({ rule, location, message }) => `${rule} ${location.file}:${location.line ?? 0} ${message}`),
    ...notes.map(({ file, line, reason }) => `note ${file}:${line ?? 0} ${reason}`),
  ];
}

const needsKey = { 'app/Dockerfile': 'FROM node', 'app/main.js': 'start(process.env.API_URL, process.env.MODE);\n' };

test('files that are included or extended are checked whatever they are called, at their own lines', async () => {
  expect(
    await inspect({
      'compose.yaml':
        'include: [parts/db.yml]\nservices: { web: { extends: { file: parts/base.yml, service: base } } }\n',
      'parts/db.yml': 'services:\n  db:\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD:-none}\n',
      'parts/base.yml': 'services:\n  base:\n    environment: { TOKEN: "${TOKEN}" }\n',
    }),
  ).toEqual([
    'secret-with-default parts/base.yml:3 TOKEN in services.base.environment.TOKEN: without a value it starts with an empty password',
    'secret-with-default parts/db.yml:4 DB_PASSWORD in services.db.environment.DB_PASSWORD: a secret has a default, which everybody knows',
  ]);
});

test('a service gives what the one that it extends gives, its files of variables too', async () => {
  const sample = {
    ...needsKey,
    'compose.yaml': 'services:\n  app: { build: ./app, extends: { file: base/common.yaml, service: base } }\n',
    'base/common.yaml': 'services:\n  base:\n    env_file: base.env\n    environment: { UNREAD: 1 }\n',
    'base/base.env.example': 'MODE=fast\n',
  };
  expect(await inspect(sample)).toEqual([
    'variable-not-given app/main.js:1 the code needs API_URL, which it does not get from service app',
    'variable-not-read base/common.yaml:4 service app gives UNREAD, which nothing in app/ reads',
  ]);
});

test('an override gives what the usual file does not', async () => {
  const sample = {
    ...needsKey,
    'compose.yaml': 'services: { app: { build: app, environment: [MODE=fast] } }\n',
    'compose.override.yaml': 'services: { app: { environment: { API_URL: "http://api" } } }\n',
  };
  expect(await inspect(sample)).toEqual([]);
});

test('paths of an included file start from its project folder', async () => {
  const sample = {
    ...needsKey,
    'compose.yaml': 'include: [{ path: parts/compose.yaml, project_directory: . }]\n',
    'parts/compose.yaml': 'services: { app: { build: app, environment: [MODE] } }\n',
  };
  expect(await inspect(sample)).toEqual([
    'variable-not-given app/main.js:1 the code needs API_URL, which it does not get from service app',
  ]);
});

test('an included file is a part of the project, and needs no example of its own for what its env_file gives', async () => {
  expect(
    await inspect({
      'compose.yaml': 'include: [{ path: db/compose.yaml, env_file: db.env }]\n',
      'db.env.example': 'HOST=db\n',
      '.env.example': 'MODE=\n',
      'db/compose.yaml': 'services:\n  db: { image: "${HOST:?} ${MODE:?}" }\n  other: { image: "${LEFT_OUT:?}" }\n',
    }),
  ).toEqual([
    'variable-not-in-example db/compose.yaml:3 LEFT_OUT is needed here, and .env.example, db.env.example does not have it',
  ]);
});

test('what is missing or leads back is a finding, once', async () => {
  expect(
    await inspect({
      'compose.yaml': 'include:\n  - gone/compose.yaml\n  - b/compose.yaml\nservices:\n  a: { extends: none }\n',
      'b/compose.yaml': 'include: [../compose.yaml]\nservices: { c: { extends: d }, d: { extends: c } }\n',
    }),
  ).toEqual([
    'compose-file-refused b/compose.yaml:1 compose.yaml is included here, and includes this file in turn',
    'compose-file-refused b/compose.yaml:2 the service c extends itself in the end',
    'compose-file-refused compose.yaml:2 gone/compose.yaml does not exist',
    'compose-file-refused compose.yaml:5 compose.yaml has no service none, which is extended here',
  ]);
});

test('what is elsewhere is noted and not followed, links neither', async () => {
  const sample = {
    'compose.yaml': 'services: {}\n',
    'below/compose.yaml':
      'include:\n  - ../compose.yaml\n  - oci://registry.invalid/app\n  - ${WHICH}.yaml\n  - link.yaml\n',
  };
  folder = writeSample(sample);
  symlinkSync('/etc/hostname', join(folder, 'below', 'link.yaml'));
  const { findings, notes } = await inspectRepository(join(folder, 'below'));
  expect(findings).toEqual([]);
  expect(notes.map(({ file, line, reason }) => `${file}:${line ?? 0} ${reason}`)).toEqual([
    'compose.yaml:2 ../compose.yaml is not followed: it lies outside of what is checked',
    'compose.yaml:3 oci://registry.invalid/app is not followed: it would have to be fetched',
    'compose.yaml:4 ${WHICH}.yaml is not followed: nothing here sets the variables in its path',
    'compose.yaml:5 link.yaml is not followed: it is not among the files that are checked',
  ]);
});

test('two projects may include one file, which is checked once', async () => {
  const include = 'include: [../common/compose.yaml]\n';
  expect(
    await inspect({
      'a/compose.yaml': include,
      'b/compose.yaml': include,
      'common/compose.yaml': 'services: { db: { environment: ["DB_PASSWORD=${DB_PASSWORD:-none}"] } }\n',
    }),
  ).toHaveLength(1);
});
