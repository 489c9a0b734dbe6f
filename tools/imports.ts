/**
 * Generates `imports/`, the typed custom resources, from the definitions inside the pinned operator modules.
 * `npm run imports` writes them, `npm run imports -- --check` fails if they are not what it would write.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { type CustomResourceDefinition, type Kept, pruneCrd, readDefinitions } from './crd';
import { goModuleFolder } from './go-module';

const root = join(__dirname, '..');
const importsFolder = join(root, 'imports');

const storeSpec: Kept = {
  conditions: true,
  refreshInterval: true,
  retrySettings: true,
  provider: {
    vault: {
      server: true,
      path: true,
      version: true,
      namespace: true,
      caProvider: true,
      auth: { kubernetes: { mountPath: true, role: true, serviceAccountRef: true } },
    },
  },
};

/** What we use of each kind. `metadata` stays, since every generated class has it. */
const keptKinds: Readonly<Record<string, Kept>> = {
  ClusterSecretStore: { metadata: true, spec: storeSpec },
  SecretStore: { metadata: true, spec: storeSpec },
  ExternalSecret: {
    metadata: true,
    spec: {
      refreshInterval: true,
      refreshPolicy: true,
      secretStoreRef: true,
      dataFrom: { extract: true, rewrite: { regexp: true } },
      target: {
        name: true,
        creationPolicy: true,
        deletionPolicy: true,
        immutable: true,
        template: { type: true, engineVersion: true, mergePolicy: true, metadata: true, data: true },
      },
    },
  },
  SealedSecret: { metadata: true, spec: { encryptedData: true, template: true } },
};

function pinnedDefinitions(): CustomResourceDefinition[] {
  const files = [
    join(goModuleFolder('external-secrets'), 'deploy/crds/bundle.yaml'),
    join(goModuleFolder('sealed-secrets'), 'helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml'),
  ];
  const all = files.flatMap((file) => readDefinitions(file, Object.keys(keptKinds)));
  return Object.entries(keptKinds).map(([kind, kept]) => {
    const definition = all.find(({ spec }) => spec.names.kind === kind);
    if (!definition) {
      throw new Error(`no definition of ${kind} in ${files.join(' or ')}; correct the list in tools/imports.ts`);
    }
    return pruneCrd(definition, kept);
  });
}

/** File name to text. */
function generate(): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-imports-'));
  try {
    // One file of many documents: cdk8s import writes one output a group and file, and overwrites without a word.
    const input = join(folder, 'crds.yaml');
    writeFileSync(
      input,
      pinnedDefinitions()
        .map((definition) => stringify(definition))
        .join('---\n'),
    );
    const cli = join(root, 'node_modules/.bin/cdk8s');
    execFileSync(cli, ['import', input, '-l', 'typescript', '-o', join(folder, 'out'), '--save=false'], {
      stdio: 'pipe',
      cwd: folder,
      env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' },
    });
    return filesOf(join(folder, 'out'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function filesOf(folder: string): Map<string, string> {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).sort();
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function check(generated: ReadonlyMap<string, string>): void {
  const present = filesOf(importsFolder);
  const names = new Set([...generated.keys(), ...present.keys()]);
  const different = [...names].filter((name) => generated.get(name) !== present.get(name));
  if (different.length > 0) {
    console.error(
      `imports/ is not what the pinned definitions generate: ${different.join(', ')}; run "npm run imports" and commit the result`,
    );
    process.exitCode = 1;
  }
}

function write(generated: ReadonlyMap<string, string>): void {
  rmSync(importsFolder, { recursive: true, force: true });
  mkdirSync(importsFolder);
  for (const [name, text] of generated) {
    writeFileSync(join(importsFolder, name), text);
  }
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  (values.check ? check : write)(generate());
}

try {
  main();
} catch (error) {
  console.error(`imports cannot be generated: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
