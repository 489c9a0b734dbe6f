import { runInNewContext } from 'node:vm';
import { transformSync } from '@swc/core';
import fc from 'fast-check';
import { stringify } from 'yaml';
import * as library from '../../../../lib/catalog';
import { readComposeProjects } from '../../../../lib/check/repository/compose-projects';
import { readEnvFile } from '../../../../lib/check/repository/env-files';
import { draftCatalog } from '../../../../lib/check/repository/import/draft';
import { findServices } from '../../../../lib/check/repository/import/found-services';
import { objectsOf } from '../support';

/** Runs a draft, as a module that imports this library. */
function run(text: string): { readonly environments: readonly library.Environment[] } {
  const { code } = transformSync(text, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
  const exports = {};
  runInNewContext(code, { exports, require: () => library });
  return exports as { environments: library.Environment[] };
}

/** Which field each variable of the only workload holds, as `VARIABLE path.field kind`. */
function readsOf(text: string): string[] {
  const draft = draftCatalog(objectsOf(text));
  const [environment] = draft ? run(draft.text).environments : [];
  return environment === undefined
    ? []
    : library
        .catalogReferences(environment.catalog)
        .map(({ variable, reference, derived }) =>
          [variable, reference.id, reference.declaration.source.type, ...(derived ? ['in a composed value'] : [])].join(
            ' ',
          ),
        );
}

/** The comments of a draft, and what it says about a variable. */
function linesOf(text: string, pattern: RegExp): string[] {
  return (draftCatalog(objectsOf(text))?.text ?? '')
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) => line.trim());
}

function deployment(container: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop-backend, namespace: shop }
spec: { template: { spec: { containers: [{ name: backend, ${container} }] } } }
---
`;
}

function externalSecret(spec: string): string {
  return `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: backend, namespace: shop }
spec: ${spec}
---
`;
}

const loaded = deployment('envFrom: [{ secretRef: { name: backend } }]');

test('keys of an ExternalSecret become fields of the path that they are fetched from', () => {
  const data = `{ data: [
  { secretKey: JWT_SECRET, remoteRef: { key: shop/backend, property: jwt_secret } },
  { secretKey: SMTP_PASSWORD, remoteRef: { key: secret/data/shop/mail, property: password } },
  { secretKey: HF_TOKEN, remoteRef: { key: /shop/backend, property: hf_token } } ] }`;
  expect(readsOf(loaded + externalSecret(data))).toEqual([
    'HF_TOKEN shop/backend.hf_token issued',
    'JWT_SECRET shop/backend.jwt_secret randomHex',
    'SMTP_PASSWORD shop/mail.password password',
  ]);
});

test('a path that is extracted gives the fields that a container names, or that the template puts into keys', () => {
  const named = deployment('env: [{ name: KEY, valueFrom: { secretKeyRef: { name: backend, key: api_key } } }]');
  expect(readsOf(named + externalSecret('{ dataFrom: [{ extract: { key: shop/backend } }] }'))).toEqual([
    'KEY shop/backend.api_key issued',
  ]);
  const two = `{ dataFrom: [{ extract: { key: shop/a }, rewrite: [{ regexp: { source: '^(.*)$', target: 'a__$1' } }] },
    { extract: { key: shop/b }, rewrite: [{ regexp: { source: '(.*)', target: 'b_\${1}' } }] }],
    target: { template: { data: { A: '{{ .a__password }}', B: '{{ .b_password | toString }}' } } } }`;
  expect(readsOf(loaded + externalSecret(two))).toEqual(['A shop/a.password password', 'B shop/b.password password']);
});

test('what this library synthesises is read as it was declared', () => {
  const made = `{ dataFrom: [{ extract: { key: shop/pg }, rewrite: [{ regexp: { source: '^(.*)$', target: 'pg__$1' } }] }],
    target: { template: { data: {
      URL: 'postgresql://{{ .pg__username | urlquery | replace "+" "%20" }}:{{ .pg__password | urlquery | replace "+" "%20" }}@postgres:5432/shop' } } } }`;
  expect(readsOf(loaded + externalSecret(made))).toEqual([
    'URL shop/pg.username username in a composed value',
    'URL shop/pg.password password in a composed value',
  ]);
});

test.each([
  ['postgresql://{{ .username }}:{{ .password }}@db:5432/shop', 'postgresUrl({'],
  ['mongodb://{{ .username }}:{{ .password }}@mongo/shop?authSource=admin', 'mongodbUrl({'],
  [
    'amqp://{{ .username }}:{{ .password }}@mq:5672/',
    "url`amqp://${backend.username}:${backend.password}@${host('mq', 5672)}/`,",
  ],
  ['postgresql://app:{{ .password }}@db/shop', 'url`postgresql://app:${backend.password}@db/shop`,'],
  ['{{ .key }},{{ .key_previous }}', 'joined([backend.key, backend.key_previous]),'],
  ['{{ .a }}:{{ .b }}', "joined([backend.a, backend.b], ':'),"],
])('the template %s becomes %s', (template, code) => {
  const spec = `{ dataFrom: [{ extract: { key: shop/backend } }], target: { template: { data: { V: '${template}' } } } }`;
  expect(linesOf(loaded + externalSecret(spec), /^ {8}V: /)).toEqual([`V: ${code}`]);
});

test.each([
  '{{ .password | sha256sum }}',
  'prefix-{{ .password }}',
  'redis://:literal@{{ .host }}',
  'https://{{ .user }}@host/?api_token=literal',
  'https://{{ .user }}@host/services/literal0literal0literal',
  '{{ .a }} literal {{ .b }}',
  '{{ if .a }}{{ .b }}{{ end }}',
  'plain',
])('the template %s is left to decide, and its text is not in the draft', (template) => {
  const spec = `{ dataFrom: [{ extract: { key: shop/backend } }], target: { template: { data: { V: '${template}' } } } }`;
  expect(linesOf(loaded + externalSecret(spec), /V:|template/)).toEqual([
    expect.stringContaining('// was'),
    'V: backend.v,',
  ]);
  expect(draftCatalog(objectsOf(loaded + externalSecret(spec)))?.text).not.toMatch(/literal|plain|prefix-/);
});

test('workloads share a field only where both fetch it from the same place', () => {
  const other = loaded.replace('shop-backend', 'shop-worker').replace('name: backend }', 'name: worker }');
  const own = externalSecret(
    '{ data: [{ secretKey: KEY, remoteRef: { key: shop/common, property: key } }, { secretKey: B, remoteRef: { key: shop/a, property: b } }] }',
  );
  const second = externalSecret(
    '{ data: [{ secretKey: KEY, remoteRef: { key: shop/common, property: key } }, { secretKey: B, remoteRef: { key: shop/c, property: b } }] }',
  ).replace('name: backend', 'name: worker');
  expect(readsOf(loaded + own + other + second)).toEqual([
    'B shop/a.b issued',
    'KEY shop/common.key issued',
    'B shop/c.b issued',
    'KEY shop/common.key issued',
  ]);
});

test('Secrets that no store fills become paths of their own, with what is to be done', () => {
  const plain = `apiVersion: v1\nkind: Secret\nmetadata: { name: backend-secret, namespace: shop }\nstringData: { API_TOKEN: the-value }\n---\n`;
  const text =
    deployment(
      'envFrom: [{ secretRef: { name: backend-secret } }], env: [{ name: DB_PASSWORD, value: another-value }]',
    ) + plain;
  expect(readsOf(text)).toEqual([
    'API_TOKEN shop/backend.api_token issued',
    'DB_PASSWORD shop/shop-backend.db_password password',
  ]);
  expect(linesOf(text, /^ {2}\/\//)).toEqual([
    '// was in the Secret backend-secret: write its value with "nivesh-secrets seed"',
    '// stood in a file: replace the value, since whoever reads the repository has it',
  ]);
  expect(draftCatalog(objectsOf(text))?.text).not.toMatch(/the-value|another-value/);
});

test('a name that is nearly right is taken for the right one, and says so', () => {
  const text =
    deployment('env: [{ name: A, valueFrom: { secretKeyRef: { name: backends, key: JWT_SECRETS } } }]') +
    externalSecret('{ data: [{ secretKey: JWT_SECRET, remoteRef: { key: shop/backend, property: jwt } }] }');
  expect(readsOf(text)).toEqual(['A shop/backend.jwt issued']);
  expect(linesOf(text, /^ {4}\/\//)).toEqual([
    '// names the Secret backends, which nothing makes: backend was taken',
    '// wants the key JWT_SECRETS of the Secret backends, which has none: JWT_SECRET was taken',
  ]);
});

test('names that a catalog cannot have are changed or left out, each with a comment', () => {
  const text =
    loaded +
    externalSecret(`{ data: [
  { secretKey: A, remoteRef: { key: metadata/shop.one, property: db.password } },
  { secretKey: B, remoteRef: { key: metadata/shop.one, property: db_password } },
  { secretKey: C, remoteRef: { key: shop/whole } },
  { secretKey: bad-name, remoteRef: { key: shop/whole, property: x } },
  { secretKey: PATH, remoteRef: { key: shop/whole, property: y } } ] }`);
  expect(readsOf(text)).toEqual([
    'A shop/metadata/shop-one.db_password password',
    'B shop/metadata/shop-one.db_password_2 issued',
    'C shop/whole.value issued',
  ]);
  expect(linesOf(text, /^ *\/\/ (?:was|gets)/)).toEqual([
    '// was "metadata/shop.one", which is no path of a catalog: copy its values here',
    '// was called "db.password": copy the value to this name',
    '// was called "db_password": copy the value to this name',
    '// was read as a whole, as JSON: name the field that the program needs',
    '// gets "bad-name", which is left out: a secret cannot have this name',
    '// gets "PATH", which is left out: a secret cannot have this name',
  ]);
});

test('a workload of a kind that a catalog does not have is named', () => {
  const text =
    loaded +
    loaded.replace('kind: Deployment', 'kind: DaemonSet').replace('shop-backend', 'shop-agent') +
    externalSecret('{ data: [{ secretKey: A, remoteRef: { key: shop/a, property: a } }] }');
  expect(linesOf(text, /left out/)).toEqual([
    '// DaemonSet shop-agent is left out: a catalog has Deployments, StatefulSets and CronJobs',
  ]);
});

test('nothing is drafted where no workload reads a secret', () => {
  expect(draftCatalog(objectsOf(deployment('env: [{ name: LOG_LEVEL, value: info }]')))).toBeUndefined();
});

test('whatever names manifests have, the draft is a catalog that passes its own checks', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'shop',
      'password',
      'url',
      'class',
      '__proto__',
      'constructor',
      "it's",
      '`${x}`',
      '*/ }',
      'a.b',
      'A/B',
      '\u2028',
      '',
    ),
    fc.string({ maxLength: 12 }),
  );
  const template = fc.array(
    fc.oneof(
      fc.constantFrom(
        '{{ .a }}',
        '{{ .b | urlquery }}',
        '://',
        '@',
        ':',
        '/',
        ',',
        '`',
        '${',
        '\\',
        '{{',
        '}}',
        'postgresql://',
        '@db:5432/x',
      ),
      name,
    ),
    { maxLength: 8 },
  );
  const entry = fc.record({ key: name, path: name, property: name });
  const secret = fc.record({
    name,
    path: name,
    entries: fc.array(entry, { maxLength: 4 }),
    templates: fc.array(template, { maxLength: 3 }),
  });
  const workload = fc.record({
    name,
    namespace: name,
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'CronJob', 'Pod'),
    secrets: fc.array(fc.nat(3), { maxLength: 3 }),
    variable: name,
  });
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 4 }),
      fc.array(workload, { maxLength: 4 }),
      (secrets, workloads) => {
        const manifests = [
          ...secrets.map((one) => ({
            apiVersion: 'external-secrets.io/v1',
            kind: 'ExternalSecret',
            metadata: { name: one.name },
            spec: {
              dataFrom: [{ extract: { key: one.path } }],
              data: one.entries.map(({ key, path, property }) => ({
                secretKey: key,
                remoteRef: { key: path, property },
              })),
              ...(one.templates.length > 0 && {
                target: {
                  template: {
                    data: Object.fromEntries(one.templates.map((parts, index) => [`T${index}`, parts.join('')])),
                  },
                },
              }),
            },
          })),
          ...workloads.map((one) => {
            const taken = one.secrets.flatMap((index) => secrets[index] ?? []);
            const pod = {
              containers: [
                {
                  name: 'main',
                  envFrom: taken.map((from) => ({ secretRef: { name: from.name } })),
                  env: taken.map((from) => ({
                    name: one.variable,
                    valueFrom: { secretKeyRef: { name: from.name, key: one.variable } },
                  })),
                },
              ],
            };
            const spec = { template: { spec: pod } };
            const specs = { Pod: pod, CronJob: { jobTemplate: { spec } }, Deployment: spec, StatefulSet: spec };
            return {
              apiVersion: 'apps/v1',
              kind: one.kind,
              metadata: { name: one.name, namespace: one.namespace },
              spec: specs[one.kind],
            };
          }),
        ];
        const text = manifests.map((manifest) => stringify(manifest)).join('---\n');
        const draft = draftCatalog(objectsOf(text));
        const environments = draft ? run(draft.text).environments : [];
        expect(environments).toHaveLength(draft ? 1 : 0);
      },
    ),
  );
});

test('whatever names and values services have, the draft is a catalog that passes its own checks', async () => {
  const name = fc.oneof(
    fc.constantFrom(
      'shared',
      'password',
      'class',
      '__proto__',
      'DB_PASSWORD',
      'PATH',
      "it's",
      'A/B',
      '\u2028',
      'API_KEY',
    ),
    fc.string({ minLength: 1, maxLength: 12 }),
  );
  const value = fc
    .array(
      fc.oneof(fc.constantFrom('${DB_PASSWORD}', '${DB_USER:-a}', '${X?}', '://', '@db:1/x', '$$', '${', ':'), name),
    )
    .map((parts) => parts.join(''));
  const service = fc.dictionary(name, fc.option(value, { nil: null }), { maxKeys: 4 });
  const services = fc.dictionary(name, service, { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(services, fc.array(name), async (made, inFile) => {
      const files = new Map([
        [
          'compose.yaml',
          Buffer.from(
            stringify({ services: objectMap(made, (environment) => ({ environment, env_file: 'own.env' })) }),
          ),
        ],
      ]);
      const own = readEnvFile('own.env', inFile.map((one) => `${one}=1\n`).join(''), true);
      const tree = { root: '/none', files: ['compose.yaml'], taken: true };
      const { projects, services: read } = await readComposeProjects(tree, files, [own]);
      const draft = draftCatalog(
        [],
        findServices({ services: read, composeProjects: projects, envFiles: [own] }, '/none'),
      );
      if (draft) {
        expect(run(draft.text).environments[0]?.delivery.type).toBe('dotenv');
      }
    }),
  );
});

function objectMap<T, U>(map: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
