import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../../lib/package-root';
import { type ProgramRun, runProgram } from '../harness/measure';
import { makeTeams, ownFields, type Team } from './services';

/** Compiled, where the benchmarks are; the sources, in tests. */
const library = join(__dirname, '../../../lib');

/** A cdk8s project in a folder: what `cdk8s synth` runs there, in TypeScript as its users write it. */
function writeCdk8sProject(folder: string, files: Readonly<Record<string, string>>): void {
  writeFolder(folder, {
    'package.json': '{ "private": true, "nivesh-secrets": { "environments": "environments/index" } }\n',
    'cdk8s.yaml': 'language: typescript\napp: node --require tsx/cjs app.ts\noutput: dist\n',
    ...files,
  });
  symlinkSync(join(packageRoot(), 'node_modules'), join(folder, 'node_modules'));
}

/** What `cdk8s synth` takes by itself: its app makes the folder that it must, and nothing else. */
export function writeEmptyApp(folder: string): void {
  writeFolder(folder, { 'cdk8s.yaml': 'language: typescript\napp: mkdir dist\noutput: dist\n' });
}

function writeFolder(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function teamFiles(teams: readonly Team[], write: (team: Team) => string): Record<string, string> {
  const imports = teams.map(({ name }, index) => `import { team as team${index} } from './teams/${name}';\n`).join('');
  const list = teams.map((_, index) => `team${index}`).join(', ');
  return {
    ...Object.fromEntries(teams.map((team) => [`teams/${team.name}.ts`, write(team)])),
    'teams.ts': `${imports}\nexport const teams = [${list}];\n`,
  };
}

/** This library's catalog: each team declares its secrets and services in a file of its own. */
export function writeOurs(folder: string, services: number): void {
  const declaration = ({ name, services: members }: Team): string =>
    [
      `import { password, postgresUrl, randomHex, username, vaultSecret, workload } from '${library}/catalog';`,
      '',
      `const postgres = vaultSecret('${name}/postgres', { username: username('app'), password: password(40) });`,
      `const redis = vaultSecret('${name}/redis', { password: password(40) });`,
      `const kafka = vaultSecret('${name}/kafka', { password: password(40) });`,
      ...members.flatMap((service, index) => [
        `const service${index} = vaultSecret('${name}/${service}', {`,
        ...ownFields.map((field) => `  ${field}: randomHex(32),`),
        '});',
      ]),
      '',
      'export const team = {',
      ...members.flatMap((service, index) => [
        `  '${service}': workload({`,
        `    namespace: '${name}',`,
        '    env: {',
        ...ownFields.map((field) => `      ${field.toUpperCase()}: service${index}.${field},`),
        `      DATABASE_URL: postgresUrl({ user: postgres.username, password: postgres.password, host: 'postgres', database: 'app' }),`,
        '      DATABASE_USER: postgres.username,',
        '      DATABASE_PASSWORD: postgres.password,',
        '      REDIS_PASSWORD: redis.password,',
        '      KAFKA_PASSWORD: kafka.password,',
        '    },',
        '  }),',
      ]),
      '};',
      '',
    ].join('\n');
  writeCdk8sProject(folder, {
    ...teamFiles(makeTeams(services), declaration),
    'environments/index.ts': `import { defineCatalog, defineEnvironment, externalSecrets } from '${library}/catalog';
import { teams } from '../teams';

export const production = defineEnvironment('production', {
  catalog: defineCatalog({ name: 'bench', workloads: Object.assign({}, ...teams) }),
  delivery: externalSecrets({
    vault: {
      address: '${vaultAddress}',
      ca: { type: 'system' },
      audit: [
        { name: 'file', filePath: '/vault/audit/audit.log' },
        { name: 'stdout', filePath: 'stdout' },
      ],
      auth: { reviewer: 'in-cluster' },
    },
  }),
});
export const environments = [production];
`,
    'app.ts': `import { Chart } from 'cdk8s';
import { ManifestApp, VaultDelivery } from '${library}/kubernetes';
import { production } from './environments';

const app = new ManifestApp();
new VaultDelivery(new Chart(app, 'production'), 'Delivery', { environment: production });
app.synth();
`,
  });
}

const vaultAddress = 'https://vault.bench.internal:8200';

/** What somebody writes down for a service without this library: its paths and its templates. */
interface PlainService {
  readonly name: string;
  readonly namespace: string;
  readonly paths: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

function plainServices({ name: namespace, services }: Team): PlainService[] {
  const encoded = (key: string): string => `{{ .${key} | urlquery | replace "+" "%20" }}`;
  return services.map((name) => {
    const alias = name.replaceAll('-', '_');
    return {
      name,
      namespace,
      paths: {
        [`${namespace}/kafka`]: 'kafka',
        [`${namespace}/postgres`]: 'postgres',
        [`${namespace}/redis`]: 'redis',
        [`${namespace}/${name}`]: alias,
      },
      data: {
        DATABASE_PASSWORD: '{{ .postgres__password }}',
        DATABASE_URL: `postgresql://${encoded('postgres__username')}:${encoded('postgres__password')}@postgres:5432/app`,
        DATABASE_USER: '{{ .postgres__username }}',
        KAFKA_PASSWORD: '{{ .kafka__password }}',
        REDIS_PASSWORD: '{{ .redis__password }}',
        ...Object.fromEntries(ownFields.map((field) => [field.toUpperCase(), `{{ .${alias}__${field} }}`])),
      },
    };
  });
}

/** The same documents as plain ApiObjects: data in a file a team, and a function that makes five objects of it. */
export function writeRaw(folder: string, services: number): void {
  writeCdk8sProject(folder, {
    ...teamFiles(
      makeTeams(services),
      (team) => `export const team = ${JSON.stringify(plainServices(team), null, 2)};\n`,
    ),
    'app.ts': `import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { teams } from './teams';

// Otherwise plain objects would be sorted, which those of this library, with an order of their own, are not.
process.env.CDK8S_DISABLE_SORT = '1';
const app = new App({ yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE });
const chart = new Chart(app, 'production');
const annotations = { 'pulumi.com/waitFor': 'condition=Ready' };
for (const { name, namespace, paths, data } of teams.flat()) {
  new ApiObject(chart, \`\${name}-account\`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
    automountServiceAccountToken: false,
  });
  new ApiObject(chart, \`\${name}-role\`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: \`\${name}-token\`, namespace },
    rules: [{ apiGroups: [''], resourceNames: [name], resources: ['serviceaccounts/token'], verbs: ['create'] }],
  });
  new ApiObject(chart, \`\${name}-binding\`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: \`\${name}-token\`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: \`\${name}-token\` },
    subjects: [{ kind: 'ServiceAccount', name: 'external-secrets', namespace: 'external-secrets' }],
  });
  new ApiObject(chart, \`\${name}-store\`, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { annotations, name: \`vault-\${name}\` },
    spec: {
      conditions: [{ namespaces: [namespace] }],
      provider: {
        vault: {
          server: '${vaultAddress}',
          path: 'secret',
          version: 'v2',
          auth: {
            kubernetes: {
              mountPath: 'kubernetes',
              role: \`bench-\${name}\`,
              serviceAccountRef: { audiences: ['vault'], name, namespace },
            },
          },
        },
      },
    },
  });
  new ApiObject(chart, \`\${name}-secrets\`, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { annotations, name: \`\${name}-secrets\`, namespace },
    spec: {
      refreshInterval: '1h0m0s',
      refreshPolicy: 'Periodic',
      secretStoreRef: { kind: 'ClusterSecretStore', name: \`vault-\${name}\` },
      dataFrom: Object.entries(paths).map(([key, alias]) => ({
        extract: { conversionStrategy: 'Default', decodingStrategy: 'None', key, metadataPolicy: 'None' },
        rewrite: [{ regexp: { source: '^(.*)$', target: \`\${alias}__$1\` } }],
      })),
      target: {
        name: \`\${name}-secret\`,
        creationPolicy: 'Owner',
        deletionPolicy: 'Retain',
        template: { type: 'Opaque', engineVersion: 'v2', mergePolicy: 'Replace', data },
      },
    },
  });
}
app.synth();
`,
  });
}

/** The same documents as a chart: data in its values, and one template that loops over it. */
export function writeChart(folder: string, services: number): void {
  writeFolder(folder, {
    'Chart.yaml': 'apiVersion: v2\nname: bench\nversion: 1.0.0\n',
    'values.yaml': stringify({ vaultAddress, services: makeTeams(services).flatMap(plainServices) }),
    'templates/delivery.yaml': `{{- range .Values.services }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}-token
  namespace: {{ .namespace }}
rules:
  - apiGroups:
      - ""
    resourceNames:
      - {{ .name }}
    resources:
      - serviceaccounts/token
    verbs:
      - create
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}-token
  namespace: {{ .namespace }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}-token
subjects:
  - kind: ServiceAccount
    name: external-secrets
    namespace: external-secrets
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  annotations:
    pulumi.com/waitFor: condition=Ready
  name: vault-{{ .name }}
spec:
  conditions:
    - namespaces:
        - {{ .namespace }}
  provider:
    vault:
      server: {{ $.Values.vaultAddress }}
      path: secret
      version: v2
      auth:
        kubernetes:
          mountPath: kubernetes
          role: bench-{{ .name }}
          serviceAccountRef:
            audiences:
              - vault
            name: {{ .name }}
            namespace: {{ .namespace }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  annotations:
    pulumi.com/waitFor: condition=Ready
  name: {{ .name }}-secrets
  namespace: {{ .namespace }}
spec:
  refreshInterval: 1h0m0s
  refreshPolicy: Periodic
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault-{{ .name }}
  dataFrom:
    {{- range $path, $alias := .paths }}
    - extract:
        conversionStrategy: Default
        decodingStrategy: None
        key: {{ $path }}
        metadataPolicy: None
      rewrite:
        - regexp:
            source: ^(.*)$
            target: {{ $alias }}__$1
    {{- end }}
  target:
    name: {{ .name }}-secret
    creationPolicy: Owner
    deletionPolicy: Retain
    template:
      type: Opaque
      engineVersion: v2
      mergePolicy: Replace
      data:
        {{- toYaml .data | nindent 8 }}
{{- end }}
`,
  });
}

/** `cdk8s synth`, as `npm run synth` calls it. */
export async function synthesize(project: string): Promise<ProgramRun> {
  return await runProgram(join(packageRoot(), 'node_modules/.bin/cdk8s'), ['synth', '--check-upgrade=false'], {
    cwd: project,
  });
}

/** `helm template`, which prints its documents. */
export async function templateChart(helm: string, chart: string): Promise<ProgramRun> {
  return await runProgram(helm, ['template', 'release', chart]);
}
