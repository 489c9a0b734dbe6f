import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DetectSecretsDetector } from '../../lib/scanning/detect-secrets-detector';
import { pythonTools } from '../../lib/scanning/python-tools';
import { valueOf, valuesOf } from './support/generated-values';

let detector: DetectSecretsDetector;

beforeAll(async () => {
  detector = new DetectSecretsDetector(await pythonTools());
});

afterAll(async () => {
  await detector.close();
});

async function find(text: string, path = 'a.txt'): Promise<{ rule: string; start: number; value: string }[]> {
  return (await detector.find({ path, text })).map(({ rule, start, value }) => ({
    rule,
    start,
    value: value.reveal(),
  }));
}

test.each<[rule: string, before: string, form: RegExp]>([
  ['artifactory-credentials', 'key ', /^AKC[a-zA-Z0-9]{40}$/],
  ['artifactory-credentials', 'key ', /^AP[A-F][a-zA-Z0-9]{30}$/],
  ['aws-access-key', 'key ', /^A(?:3T[A-Z0-9]|BIA|CCA|KIA|SIA)[0-9A-Z]{16}$/],
  ['azure-storage-account-access-key', 'Endpoint;', /^AccountKey=[a-zA-Z0-9+/]{86}==$/],
  ['cloudant-credentials', 'cl_token: ', /^[a-f]{32}[0-9]{32}$/],
  ['discord-bot-token', 'bot ', /^[MNO][a-zA-Z\d]{23}\.[a-zA-Z\d]{6}\.[a-zA-Z\d]{27}$/],
  ['ibm-cloud-iam-key', 'iam_token = ', /^[a-zA-Z0-9]{40}[0-9][A-Z][a-z][0-9]$/],
  ['mailchimp-access-key', 'list ', /^[0-9a-f]{32}-us[0-9]{1,2}$/],
  ['npm-tokens', '//registry.example/:_authToken=', /^npm_[A-Za-z0-9]{36}$/],
  ['openai-token', 'ai ', /^sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}$/],
  ['pypi-token', 'upload ', /^pypi-AgEIcHlwaS5vcmc[A-Za-z0-9]{70}$/],
  ['sendgrid-api-key', 'mail ', /^SG\.[a-zA-Z0-9]{22}\.[a-zA-Z0-9]{43}$/],
  ['secret-keyword', 'database_pass: ', /^(?:[a-z][0-9][A-Z]){7}$/],
  ['slack-token', 'chat ', /^xox[abposr]-[0-9]{12}-[a-z0-9]{24}$/],
  ['softlayer-credentials', 'sl_token: ', /^[a-f]{32}[0-9]{32}$/],
  ['square-oauth-secret', 'pay ', /^sq0csp-[0-9A-Za-z]{43}$/],
  ['stripe-access-key', 'pay ', /^[rs]k_live_[0-9a-zA-Z]{24}$/],
  ['telegram-bot-token', 'bot ', /^[1-9][0-9]{9}:[0-9A-Za-z]{35}$/],
  ['twilio-api-key', 'sms ', /^(?:AC|SK)[a-z0-9]{32}$/],
])('its plugin for %s gets the line with %j and a value of %s', async (rule, before, form) => {
  const value = valueOf(form);
  const found = await find(`first line\n${before}${value}\n`, 'a.yaml');
  expect(found).toContainEqual({ rule, start: 11 + before.length, value });
});

test('long quoted texts of many characters count only beside the name of a secret', async () => {
  const value = valueOf(/^[A-Za-z0-9]{60}$/);
  expect(await find(`bearer = "${value}"`, 'a.ts')).toEqual([{ rule: 'base64-high-entropy-string', start: 10, value }]);
  expect(await find(`layout = "${value}"`, 'a.ts')).toEqual([]);
  expect(await find(`tokenDigest = "${value}"`, 'a.ts')).toEqual([]);
});

test('examples, hashes and lines of any length are left alone', async () => {
  const value = valueOf(/^(?:[a-z][0-9][A-Z]){7}$/);
  expect(await find('password = "change-me-now-1"\nsecret = "${VALUE}"')).toEqual([]);
  expect(await find(`secret_checksum: "${value}"`)).toEqual([]);
  expect(await find(`${' '.repeat(4000)}password = "${value}"`)).toEqual([]);
  expect(await find('')).toEqual([]);
});

test('texts that are looked at together are told apart', async () => {
  const values = valuesOf(/^sq0csp-[0-9A-Za-z]{43}$/, 20);
  const found = await Promise.all(values.map(async (value, index) => await find(`${'\n'.repeat(index)}${value}`)));
  expect(found).toEqual(values.map((value, start) => [{ rule: 'square-oauth-secret', start, value }]));
});

describe('where Python does not do its work', () => {
  let tools: string;
  const line = { path: 'a.txt', text: 'password = "x"' };

  beforeEach(() => {
    tools = mkdtempSync(join(tmpdir(), 'tools-'));
  });

  afterEach(() => {
    rmSync(tools, { recursive: true });
  });

  test('nothing is started for a text that no plugin looks for, and nothing is closed', async () => {
    const other = new DetectSecretsDetector(tools);
    expect(await other.find({ path: 'a.txt', text: 'replicas: 2\n' })).toEqual([]);
    await other.close();
  });

  test('fails with its last words for every text that waits, and for one that comes later', async () => {
    writeFileSync(join(tools, 'python'), '#!/bin/sh\nread -r line\necho one >&2\necho "no module" >&2\nexit 1\n');
    chmodSync(join(tools, 'python'), 0o755);
    const other = new DetectSecretsDetector(tools);
    const reason = 'detect-secrets ended: no module';
    const waiting = [other.find(line), other.find(line)];
    expect(await Promise.allSettled(waiting)).toMatchObject([
      { reason: { message: reason } },
      { reason: { message: reason } },
    ]);
    await expect(other.find(line)).rejects.toThrow(reason);
    await other.close();
  });

  test('fails where there is no program', async () => {
    await expect(new DetectSecretsDetector(tools).find(line)).rejects.toThrow('detect-secrets ended');
  });
});
