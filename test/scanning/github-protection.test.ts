import { randomBytes } from 'node:crypto';
import { GithubApi } from '../../lib/ci/github-api';
import { enableProtection, readProtection } from '../../lib/scanning/github-protection';
import { SecretValue } from '../../lib/values/secret-value';
import { FakeGithub } from '../support/fake-github';

const repository = 'nivesh/nivesh';
const token = randomBytes(20).toString('hex');
let github: FakeGithub;
let api: GithubApi;

beforeEach(async () => {
  github = await FakeGithub.start(repository, token);
  api = new GithubApi({ api: github.api, token: new SecretValue(token) });
});

afterEach(async () => {
  await github.stop();
});

async function read(): Promise<string[]> {
  return (await readProtection(api, repository)).features.map(({ key, status }) => `${key} ${status}`);
}

async function enable(): Promise<string[]> {
  const { features } = await enableProtection(api, await readProtection(api, repository));
  return features.map(({ key, status, changed = false, refused = '' }) =>
    [key, status, changed ? 'changed' : '', refused].filter((part) => part !== '').join(' '),
  );
}

it('reads what is on and off, and changes nothing', async () => {
  if (github.settings.status) {
    github.settings.status.secret_scanning = 'enabled';
    delete github.settings.status.secret_scanning_validity_checks;
  }
  expect(await read()).toEqual([
    'secret_scanning enabled',
    'secret_scanning_push_protection disabled',
    'secret_scanning_non_provider_patterns disabled',
    'secret_scanning_validity_checks unavailable',
  ]);
  expect(github.calls).toEqual(['GET /repos/nivesh/nivesh']);
});

it('turns on what is off, each by itself, and the second time nothing', async () => {
  const on = [
    'secret_scanning enabled',
    'secret_scanning_push_protection enabled',
    'secret_scanning_non_provider_patterns enabled',
  ];
  expect(await enable()).toEqual([...on.map((line) => `${line} changed`), 'secret_scanning_validity_checks disabled']);
  expect(github.calls.filter((call) => call.startsWith('PATCH'))).toHaveLength(3);
  expect(await enable()).toEqual([...on, 'secret_scanning_validity_checks disabled']);
  expect(github.calls.filter((call) => call.startsWith('PATCH'))).toHaveLength(3);
});

it('says what the plan does not allow, and turns on the rest', async () => {
  github.settings.ignored.add('secret_scanning_non_provider_patterns');
  expect(await enable()).toEqual([
    'secret_scanning enabled changed',
    'secret_scanning_push_protection enabled changed',
    'secret_scanning_non_provider_patterns disabled GitHub took the change and left it off',
    'secret_scanning_validity_checks disabled',
  ]);
});

it('tries nothing that needs secret scanning where that is refused', async () => {
  github.settings.isPrivate = true;
  github.settings.refused.set('secret_scanning', 'Secret scanning is not available for this repository.');
  expect(await enable()).toEqual([
    'secret_scanning disabled GitHub says: Secret scanning is not available for this repository.',
    'secret_scanning_push_protection disabled it needs secret scanning',
    'secret_scanning_non_provider_patterns disabled it needs secret scanning',
    'secret_scanning_validity_checks disabled',
  ]);
  expect(github.calls).toEqual(['GET /repos/nivesh/nivesh', 'PATCH /repos/nivesh/nivesh']);
});

it('says that a private repository of a plan without these settings has none', async () => {
  github.settings.isPrivate = true;
  github.settings.status = undefined;
  expect(new Set((await read()).map((line) => line.split(' ')[1]))).toEqual(new Set(['unavailable']));
});

it.each([true, false])('fails for a token that is shown no settings (private: %s)', async (isPrivate) => {
  Object.assign(github.settings, { isPrivate, isAdmin: false });
  await expect(read()).rejects.toMatchObject({
    message: 'GitHub does not show the security settings of nivesh/nivesh to this token',
    code: 3,
    fix: expect.stringContaining('"Administration: read"') as string,
  });
});

it.each([
  [403, 'Resource not accessible by personal access token'],
  [403, 'Repository was archived so is read-only.'],
  [404, 'Not Found'],
])('fails where the token may not change settings (%d %s)', async (status, message) => {
  github.settings.refusal = { status, body: { message } };
  await expect(enable()).rejects.toMatchObject({
    message: `GitHub refused to turn on secret scanning of nivesh/nivesh (${status}): ${message}`,
    code: 3,
    fix: expect.stringContaining('"Administration: write"') as string,
  });
});

it('fails for a repository that is not there, and for a token that is not valid', async () => {
  await expect(readProtection(api, 'nivesh/other')).rejects.toMatchObject({
    message: 'GitHub refused to show nivesh/other (404): Not Found',
    fix: expect.stringContaining('check the name') as string,
  });
  const other = new GithubApi({ api: github.api, token: new SecretValue(randomBytes(20).toString('hex')) });
  await expect(readProtection(other, repository)).rejects.toMatchObject({
    message: 'GitHub refused to show nivesh/nivesh (401): Bad credentials',
    fix: expect.stringContaining('the token is not valid') as string,
  });
});
