import { inspectRepository } from '../../../../lib/check/repository/inspect';
import { inProject } from '../../../support/local-project';

const deployment = (image: string, more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop-backend, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: backend
          image: ${image}
          env:
            - { name: DATABASE_URL, value: x }
            - { name: LOG_LEVEL, value: info }
${more}`;

const code = `
const url = process.env.DATABASE_URL;
const key = process.env.JWT_SECRET;
const level = process.env.LOG_LEVEL ?? 'info';
const port = process.env.PORT;
`;

/** What the two rules about variables find. */
async function find(files: Readonly<Record<string, string>>): Promise<string[]> {
  const { findings } = await inProject(files, async ({ root }) => await inspectRepository(root));
  return findings
    .filter(({ rule }) => rule.startsWith('variable-'))
    .map(({ rule, location: { file, line }, message, fix }) => `${rule} ${file}:${line ?? 0} ${message} / ${fix}`);
}

const missing =
  'variable-not-given backend/src/main.ts:3 the code needs JWT_SECRET, which it does not get from Deployment shop/shop-backend / give JWT_SECRET there, or a default here';

test.each([
  ['the name of its folder', 'registry.example/shop/backend:1.2', {}],
  ['the end of its name', 'shop-backend@sha256:00', {}],
  ['the name of its package', 'api', { 'backend/package.json': '{ "name": "@shop/api" }' }],
  ['what Compose builds', 'web', { 'docker-compose.yml': 'services: { web: { build: ./backend, command: x } }' }],
])('a workload runs the code of an image by %s', async (_, image, files) => {
  expect(
    await find({
      'backend/Dockerfile': 'FROM node',
      'backend/src/main.ts': code,
      'k8s.yaml': deployment(image),
      ...files,
    }),
  ).toEqual([missing]);
});

test('a variable that is nearly right is named', async () => {
  const more = '            - { name: JWT_SECRETS, value: x }\n';
  expect(
    await find({
      'backend/Dockerfile': 'FROM node',
      'backend/src/main.ts': code,
      'k8s.yaml': deployment('backend', more),
    }),
  ).toEqual([
    'variable-not-given backend/src/main.ts:3 the code needs JWT_SECRET, which it does not get from Deployment shop/shop-backend / did you mean JWT_SECRETS?',
    'variable-not-read k8s.yaml:13 Deployment shop/shop-backend gives JWT_SECRETS, which nothing in backend/ reads / take JWT_SECRETS out, or correct its name',
  ]);
});

test('what an ExternalSecret makes is given, and what of it nobody reads is reported at the workload', async () => {
  const more = `          envFrom: [{ secretRef: { name: backend } }]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: backend, namespace: shop }
spec:
  data:
    - { secretKey: JWT_SECRET, remoteRef: { key: shop/backend, property: jwt } }
    - { secretKey: API_TOKEN, remoteRef: { key: shop/backend, property: token } }
`;
  expect(
    await find({
      'backend/Dockerfile': 'FROM node',
      'backend/src/main.ts': code,
      'k8s.yaml': deployment('backend', more),
    }),
  ).toEqual([
    'variable-not-read k8s.yaml:13 Deployment shop/shop-backend gives API_TOKEN, which nothing in backend/ reads / take API_TOKEN out, or correct its name',
  ]);
});

test.each([
  ['an image of somebody else', deployment('postgres'), {}],
  ['an image that two programs could be', deployment('shop-my-backend'), { 'my-backend/Dockerfile': 'FROM go' }],
  ['a command of its own', deployment('backend', '          command: [migrate]\n'), {}],
  [
    'a Secret whose keys nobody knows',
    deployment('backend', '          envFrom: [{ secretRef: { name: other } }]\n'),
    {},
  ],
  [
    'a Dockerfile that sets the variable',
    deployment('backend'),
    { 'backend/Dockerfile': 'FROM node\nENV JWT_SECRET=x \\\n  A=b' },
  ],
  ['a default elsewhere', deployment('backend'), { 'backend/src/other.ts': "process.env.JWT_SECRET ?? ''" }],
])('nothing is said about %s', async (_, manifest, files) => {
  expect(
    await find({ 'backend/Dockerfile': 'FROM node', 'backend/src/main.ts': code, 'k8s.yaml': manifest, ...files }),
  ).toEqual([]);
});

test.each([
  ['code that reads names at run time', { 'backend/src/all.ts': 'start({ ...process.env })' }],
  ['a schema of a library', { 'backend/schema.prisma': 'url = env("UNREAD")' }],
  ['code that several programs share', { 'shared/config.ts': 'process.env.UNREAD', Dockerfile: '' }],
])('a variable may be read by %s', async (_, files) => {
  const more = '            - { name: UNREAD, value: x }\n            - { name: JWT_SECRET, value: x }\n';
  expect(
    await find({
      'backend/Dockerfile': 'FROM node',
      'backend/src/main.ts': code,
      'k8s.yaml': deployment('backend', more),
      ...files,
    }),
  ).toEqual([]);
});

test("a Compose service gives its environment and its files' variables, or those of their examples", async () => {
  const files = {
    'backend/Dockerfile': 'FROM node',
    'backend/src/main.ts': code,
    'compose.yaml': `services:
  backend:
    build: { context: backend }
    env_file: [.env]
    environment: [LOG_LEVEL]
`,
  };
  expect(await find({ ...files, '.env.example': 'DATABASE_URL=\nUNREAD=1\n' })).toEqual([
    'variable-not-read .env.example:2 service backend gives UNREAD, which nothing in backend/ reads / take UNREAD out, or correct its name',
    'variable-not-given backend/src/main.ts:3 the code needs JWT_SECRET, which it does not get from service backend / give JWT_SECRET there, or a default here',
  ]);
  expect(await find(files)).toEqual([]);
});
