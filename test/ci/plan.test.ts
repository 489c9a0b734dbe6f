import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import {
  defineCatalog,
  defineEnvironment,
  githubActions,
  issued,
  manual,
  randomHex,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { checkCiValues, deliverCi, planCi } from '../../lib/ci/plan';
import type { CiStore } from '../../lib/ci/store';
import { workflowEnv } from '../../lib/ci/workflow';
import { SecretValue } from '../../lib/values/secret-value';

const secret = vaultSecret('app/all', { key: randomHex(32) });
const catalog = defineCatalog({
  name: 'app',
  workloads: { web: workload({ namespace: 'app', env: { KEY: secret.key } }) },
});
const ci = defineEnvironment('ci', {
  catalog,
  delivery: githubActions({
    repository: 'app/app',
    secrets: {
      KUBE_CONFIG: issued({ by: 'the cluster', format: 'yaml' }),
      SIGNING_KEY: issued({ by: 'the team', format: 'pem', rotation: manual('make a new one', { every: '90d' }) }),
      CACHE_KEY: randomHex(32),
    },
  }),
});
const now = new Date('2026-06-01T00:00:00Z');
const stored = (name: string, updated: string): { name: string; updatedAt: Date } => ({
  name,
  updatedAt: new Date(updated),
});
const kubeConfig = new SecretValue(`users: [{ user: { token: ${randomBytes(20).toString('hex')} } }]`);

function actions(...parameters: Parameters<typeof planCi>): string[] {
  return planCi(...parameters).steps.map(({ name, action, staleDays }) =>
    [name, action, staleDays].filter((part) => part !== undefined).join(' '),
  );
}

test('an empty repository waits for what others issue, and gets what can be made', () => {
  expect(actions(ci, { stored: [] })).toEqual(['KUBE_CONFIG waiting', 'SIGNING_KEY waiting', 'CACHE_KEY generate']);
});

test('a value that is given is set, whether or not there is one', () => {
  const values = new Map([['KUBE_CONFIG', kubeConfig]]);
  expect(actions(ci, { stored: [], values })[0]).toBe('KUBE_CONFIG set');
  expect(actions(ci, { stored: [stored('KUBE_CONFIG', '2026-05-01')], values })[0]).toBe('KUBE_CONFIG set');
});

test('a secret is stale after its schedule, or after the age that is asked for', () => {
  const all = ['KUBE_CONFIG', 'SIGNING_KEY', 'CACHE_KEY'].map((name) => stored(name, '2026-02-01T00:00:00Z'));
  expect(actions(ci, { stored: all, now })).toEqual(['KUBE_CONFIG keep', 'SIGNING_KEY keep 120', 'CACHE_KEY keep']);
  expect(actions(ci, { stored: all, now, maxAge: '100d' })).toEqual([
    'KUBE_CONFIG keep 120',
    'SIGNING_KEY keep 120',
    'CACHE_KEY keep 120',
  ]);
});

test('names what nobody declared', () => {
  expect(planCi(ci, { stored: [stored('OLD', '2026-01-01'), stored('CACHE_KEY', '2026-01-01')] }).unknown).toEqual([
    'OLD',
  ]);
});

test('accepts real values', () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(() => {
    checkCiValues(
      ci,
      new Map([
        ['KUBE_CONFIG', kubeConfig],
        ['SIGNING_KEY', new SecretValue(pem)],
      ]),
      new Set(),
    );
  }).not.toThrow();
});

test('fails for every bad value at once, without showing one', () => {
  const hidden = randomBytes(16).toString('hex');
  const values = new Map([
    ['KUBE_CONFIG', new SecretValue(`a: ${hidden}: b`)],
    ['SIGNING_KEY', new SecretValue(hidden)],
    ['CACHE_KEY', new SecretValue('change-me')],
    ['NOWHERE', new SecretValue(hidden)],
  ]);
  let message = '';
  try {
    checkCiValues(ci, values, new Set());
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatchInlineSnapshot(`
   "the input has 4 problems
     KUBE_CONFIG: the value is refused: the value is not YAML, got a value that is not shown, allowed: a yaml value issued by the cluster, fix: enter the real one
     SIGNING_KEY: the value is refused: the value is not a PEM block, got a value that is not shown, allowed: a pem value issued by the team, fix: enter the real one
     CACHE_KEY: the value is refused: it is a placeholder, got a value that is not shown, allowed: a real value, fix: enter the real one
     NOWHERE: no such secret is declared, got "NOWHERE", allowed: KUBE_CONFIG, SIGNING_KEY, CACHE_KEY, fix: correct the name, or declare it"
  `);
  expect(message).not.toContain(hidden);
});

test('fails for a value that GitHub would not take, or that stands in an example file', () => {
  const large = new SecretValue(`data: ${randomBytes(25_000).toString('hex')}`);
  expect(() => {
    checkCiValues(ci, new Map([['KUBE_CONFIG', large]]), new Set());
  }).toThrow('it has 50006 bytes, and GitHub takes 49152');
  const key = randomBytes(32).toString('hex');
  expect(() => {
    checkCiValues(ci, new Map([['CACHE_KEY', new SecretValue(key)]]), new Set([key]));
  }).toThrow('it is a value of the example files');
});

test('delivers what is to be set and to be made, and nothing else', async () => {
  const sent = new Map<string, string>();
  const store: CiStore = {
    description: 'a test',
    list: () => Promise.reject(new Error('not expected')),
    set: (name, value) => {
      sent.set(name, value.reveal());
      return Promise.resolve();
    },
  };
  const values = new Map([['KUBE_CONFIG', kubeConfig]]);
  const delivered: string[] = [];
  await deliverCi(ci, store, planCi(ci, { stored: [], values }), values, (name) => delivered.push(name));
  expect(delivered).toEqual(['KUBE_CONFIG', 'CACHE_KEY']);
  expect(sent.get('KUBE_CONFIG')).toBe(kubeConfig.reveal());
  expect(sent.get('CACHE_KEY')).toMatch(/^[0-9a-f]{64}$/);
});

test('the block of a workflow names the deployment environment that has the secrets', () => {
  const delivery = githubActions({ ...ci.delivery, environment: 'prod: eu' });
  expect(parse(workflowEnv({ ...ci, delivery }, ['CACHE_KEY']))).toEqual({
    environment: 'prod: eu',
    env: { CACHE_KEY: '${{ secrets.CACHE_KEY }}' },
  });
});

test('the block of a workflow has the secrets of one job', () => {
  expect(workflowEnv(ci)).toBe(
    'env:\n  KUBE_CONFIG: ${{ secrets.KUBE_CONFIG }}\n  SIGNING_KEY: ${{ secrets.SIGNING_KEY }}\n  CACHE_KEY: ${{ secrets.CACHE_KEY }}',
  );
  expect(workflowEnv(ci, ['CACHE_KEY'])).toBe('env:\n  CACHE_KEY: ${{ secrets.CACHE_KEY }}');
  expect(() => workflowEnv(ci, ['NOPE'])).toThrow('not declared: NOPE, allowed: KUBE_CONFIG, SIGNING_KEY, CACHE_KEY');
});
