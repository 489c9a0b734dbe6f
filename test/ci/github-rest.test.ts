import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { GithubRestStore } from '../../lib/ci/github-rest';
import { SecretValue } from '../../lib/values/secret-value';
import { FakeGithub } from '../support/fake-github';
import { hardValue } from '../support/secret-values';

const repository = 'nivesh/nivesh';
const token = randomBytes(20).toString('hex');
let github: FakeGithub;

beforeEach(async () => {
  github = await FakeGithub.start(repository, token);
});

afterEach(async () => {
  await github.stop();
});

function open(
  options: { token?: string; environment?: string; api?: string; timeoutMs?: number } = {},
): GithubRestStore {
  return new GithubRestStore({
    repository,
    api: github.api,
    ...options,
    token: new SecretValue(options.token ?? token),
  });
}

test('a secret arrives in a box that only the holder of the key opens', async () => {
  const store = open();
  await store.set('FIRST', new SecretValue('one\nline — ключ 🔑'));
  await store.set('SECOND', new SecretValue('two'));
  expect([...github.opened]).toEqual([
    ['FIRST', 'one\nline — ключ 🔑'],
    ['SECOND', 'two'],
  ]);
  expect(github.calls).toEqual([
    'GET /repos/nivesh/nivesh/actions/secrets/public-key',
    'PUT /repos/nivesh/nivesh/actions/secrets/FIRST',
    'PUT /repos/nivesh/nivesh/actions/secrets/SECOND',
  ]);
});

test('any value survives', async () => {
  const store = open();
  await fc.assert(
    fc.asyncProperty(
      hardValue.filter((value) => !/\p{Surrogate}/u.test(value)),
      async (value) => {
        await store.set('ANY', new SecretValue(value));
        return github.opened.get('ANY') === value;
      },
    ),
    { numRuns: 200 },
  );
});

test('lists every page, names and times only', async () => {
  for (let index = 0; index < 250; index++) {
    github.stored.set(`SECRET_${index}`, '2026-01-02T03:04:05Z');
  }
  const listed = await open().list();
  expect(listed).toHaveLength(250);
  expect(listed[249]).toEqual({ name: 'SECRET_249', updatedAt: new Date('2026-01-02T03:04:05Z') });
  expect(github.calls).toHaveLength(3);
});

test('secrets of a deployment environment have a list and a key of their own', async () => {
  const environment = 'production / eu';
  const other = await FakeGithub.start(repository, token, environment);
  try {
    const store = open({ api: other.api, environment });
    await store.set('FIRST', new SecretValue('one'));
    expect((await store.list()).map(({ name }) => name)).toEqual(['FIRST']);
    expect([...other.opened]).toEqual([['FIRST', 'one']]);
    const base = '/repos/nivesh/nivesh/environments/production%20%2F%20eu/secrets';
    expect(other.calls).toEqual([`GET ${base}/public-key`, `PUT ${base}/FIRST`, `GET ${base}`]);
    await expect(open({ api: other.api, environment: 'gone' }).list()).rejects.toMatchObject({
      message: 'GitHub refused GET of the secrets of environment "gone" of nivesh/nivesh (404): Not Found',
      fix: expect.stringContaining('the environment has to exist') as string,
    });
  } finally {
    await other.stop();
  }
});

const later = Math.ceil(Date.now() / 1000) + 1800;

test.each([
  [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(later) }, new Date(later * 1000).toISOString()],
  [403, { 'retry-after': '60' }, 'run it again after 20'],
  [429, { 'retry-after': '60' }, 'run it again after 20'],
  [429, {}, 'run it again in a minute'],
])('fails with %d %j after too many requests, with the time to come back', async (status, headers, fix) => {
  github.refuseWith = status;
  github.refusal = { message: 'API rate limit exceeded', headers };
  await expect(open().list()).rejects.toMatchObject({
    message: expect.stringContaining(`(${status}): API rate limit exceeded`) as string,
    code: 3,
    fix: expect.stringContaining(fix) as string,
  });
});

test('fails for a repository that moved, and takes its token nowhere', async () => {
  const other = await FakeGithub.start(repository, token);
  github.refuseWith = 301;
  github.refusal = {
    message: 'Moved Permanently',
    headers: { location: `${other.api}/repositories/1/actions/secrets` },
  };
  await expect(open().list()).rejects.toMatchObject({
    message: expect.stringContaining('(301): Moved Permanently') as string,
    fix: 'the repository was renamed or moved: declare where it is now',
  });
  expect(other.calls).toEqual([]);
  await other.stop();
});

test.each([
  [401, 'the token is not valid'],
  [403, 'a token with the permission "Secrets: write"'],
  [404, 'check its name'],
  [500, 'try again later'],
])('fails on %d with what to do', async (status, fix) => {
  github.refuseWith = status;
  await expect(open().list()).rejects.toMatchObject({
    message: `GitHub refused GET of the secrets of nivesh/nivesh (${status}): no`,
    code: 3,
    fix: expect.stringContaining(fix) as string,
  });
});

test('fails with another token, without showing it', async () => {
  const other = randomBytes(20).toString('hex');
  const error: unknown = await open({ token: other })
    .list()
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: expect.stringContaining('(401)') as string });
  expect(JSON.stringify(error) + String(error)).not.toContain(other);
});

test('fails where nobody listens', async () => {
  await expect(open({ api: 'http://127.0.0.1:1' }).list()).rejects.toThrow(
    "GitHub's REST API (http://127.0.0.1:1) cannot be reached",
  );
});

test('fails for an answer of another form', async () => {
  github.refuseWith = 200;
  await expect(open().list()).rejects.toThrow('gave an answer of another form');
});

test.each(['http://api.github.com', 'http://127.0.0.1.example.com', 'http://localhostx', 'ftp://x'])(
  'fails for the address %s, which would show the token to others',
  (api) => {
    expect(() => open({ api })).toThrow(`${api} is not an https address`);
  },
);
