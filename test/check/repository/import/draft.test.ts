import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DotenvDelivery, Environment } from '../../../../lib/catalog';
import { inspectCompose } from '../../../../lib/check/compose-project';
import { draftCatalog } from '../../../../lib/check/repository/import/draft';
import { findServices } from '../../../../lib/check/repository/import/found-services';
import { inspectRepository } from '../../../../lib/check/repository/inspect';
import { loadRepository } from '../../../../lib/check/repository/load';
import { listTree } from '../../../../lib/check/repository/tree';
import { packageRoot } from '../../../../lib/package-root';
import { correctSample, plantedFaults, type Sample, withFault, writeSample } from '../sample';
import { acceptDraft, loadDraft } from './accepted-draft';
import { overlaySample } from './overlay-sample';

const folders: string[] = [];

afterAll(() => {
  folders.forEach((folder) => {
    rmSync(folder, { recursive: true });
  });
});

function write(sample: Sample): string {
  const folder = writeSample(sample);
  folders.push(folder);
  return folder;
}

/** A text as this repository's prettier writes it. */
function prettier(text: string): string {
  const program = join(packageRoot(), 'node_modules/prettier/bin/prettier.cjs');
  const config = join(packageRoot(), '.prettierrc.json');
  return execFileSync(process.execPath, [program, '--config', config, '--parser', 'typescript'], {
    input: text,
    encoding: 'utf8',
  });
}

async function draftOf(folder: string): Promise<string> {
  const repository = await loadRepository(await listTree(folder));
  return draftCatalog(repository.objects, findServices(repository, '/shop'))?.text ?? '';
}

/** Compiles a draft against this library. @throws Error with what the compiler says */
function compile(draft: string): void {
  const place = write({ 'environments/index.ts': draft });
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(packageRoot(), join(place, 'node_modules/nivesh-secrets'));
  writeFileSync(
    join(place, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noUnusedLocals: true,
        noEmit: true,
        module: 'Node16',
        target: 'ES2022',
        skipLibCheck: true,
        types: [],
        paths: { 'nivesh-secrets': [join(packageRoot(), 'lib/index.ts')] },
        typeRoots: [],
      },
      include: ['environments'],
    }),
  );
  execFileSync(process.execPath, [join(packageRoot(), 'node_modules/typescript/bin/tsc'), '-p', place], {
    stdio: 'pipe',
    encoding: 'utf8',
  });
}

/** Rules about what a catalog makes; the others are about what it leaves alone. */
const aboutDelivery = plantedFaults().filter(
  ({ rule, file }) =>
    file.startsWith('k8s/') &&
    !['configmap-not-made', 'role-reads-all-secrets', 'secret-in-configmap', 'secret-mounted-by-subpath'].includes(
      rule,
    ) &&
    !/broken|ingress|sealed/.test(file) &&
    !['key-not-provided k8s/gateway.yaml', 'variable-not-read k8s/report.yaml'].includes(`${rule} ${file}`),
);

describe.each([
  ['one with a fault of every kind', aboutDelivery.reduce(withFault, correctSample)],
  ['one with overlays, sealed values and composed URLs', overlaySample()],
])('the draft of a repository: %s', (_, sample) => {
  let folder: string;
  let draft: string;

  beforeAll(async () => {
    folder = write(sample);
    draft = await draftOf(folder);
  });

  it('is the same for the same manifests, and formatted as prettier does it', async () => {
    expect(await draftOf(folder)).toBe(draft);
    expect(prettier(draft)).toBe(draft);
  });

  it('compiles against this library, with strict checks', () => {
    compile(draft);
  });

  it('once accepted, leaves nothing to be found', async () => {
    expect((await inspectRepository(folder)).findings).not.toEqual([]);
    await acceptDraft(folder, loadDraft(draft, folder));
    expect((await inspectRepository(folder)).findings).toEqual([]);
  });
});

describe('the draft of a repository with Compose files only', () => {
  const files = {
    'compose.yaml': `include: [parts/db.yml]
services:
  backend_api:
    build: ./backend
    env_file: backend.env
    environment:
      DATABASE_URL: postgresql://\${DB_USER:-app}:\${DB_PASSWORD:?set it}@db:5432/shop
      QUEUE_URL: amqp://app:\${QUEUE_PASSWORD}@\${QUEUE_HOST:-mq}/
      JWT_SECRET:
      LOG_LEVEL: \${LOG_LEVEL:-info}
      LEGACY_TOKEN: planted-literal-4711
  worker:
    extends: backend_api
    environment: ['WORKER_API_KEY=\${SHOP_API_KEY:?}']
`,
    'parts/db.yml':
      'services: { db: { image: postgres, environment: { POSTGRES_PASSWORD: "${DB_PASSWORD:?set it}" } } }\n',
    '.env.example': 'DB_USER=app\nDB_PASSWORD=\nJWT_SECRET=\nQUEUE_PASSWORD=\nSHOP_API_KEY=\n',
    'backend.env.example': 'SMTP_PASSWORD=planted-default-4711\nSMTP_HOST=mail\n',
  };
  let folder: string;
  let draft: string;

  beforeAll(async () => {
    folder = write(files);
    draft = await draftOf(folder);
  });

  it('has the services with the names of their variables, and no value', () => {
    expect(draft).not.toContain('4711');
    expect(draft).toMatchInlineSnapshot(`
     "import {
       defineCatalog,
       defineEnvironment,
       dotenv,
       issued,
       password,
       postgresUrl,
       randomHex,
       username,
       vaultSecret,
       workload,
     } from 'nivesh-secrets';

     // Drafted by "nivesh-secrets check --import" from the Compose files of this repository. Read it before you use it: how
     // each value is made is a guess from its name, and every comment is something to decide. Remove the comments then.
     // Compose knows neither namespaces nor kinds: correct both before you deliver to a cluster.

     const backendApi = vaultSecret('shop/backend-api', {
       // stood in a file: replace the value, since whoever reads the repository has it
       legacy_token: issued({ by: 'Legacy' }),
     });

     const shared = vaultSecret('shop/shared', {
       db_password: password(40),
       db_user: username('shop'),
       jwt_secret: randomHex(32),
       // was computed by a template: decide how it is made
       queue_url: issued({ by: 'Queue', format: 'url' }),
       smtp_password: password(40),
     });

     const worker = vaultSecret('shop/worker', {
       // stood in a file: replace the value, since whoever reads the repository has it
       legacy_token: issued({ by: 'Legacy' }),
       shop_api_key: issued({ by: 'Shop' }),
     });

     /** Which workload reads what, and where it runs. */
     export const shop = defineCatalog({
       name: 'shop',
       workloads: {
         'backend-api': workload({
           namespace: 'shop',
           env: {
             DATABASE_URL: postgresUrl({
               user: shared.db_user,
               password: shared.db_password,
               host: 'db',
               database: 'shop',
             }),
             JWT_SECRET: shared.jwt_secret,
             LEGACY_TOKEN: backendApi.legacy_token,
             QUEUE_URL: shared.queue_url,
             SMTP_PASSWORD: shared.smtp_password,
           },
         }),
         db: workload({
           namespace: 'shop',
           env: {
             POSTGRES_PASSWORD: shared.db_password,
           },
         }),
         worker: workload({
           namespace: 'shop',
           env: {
             DATABASE_URL: postgresUrl({
               user: shared.db_user,
               password: shared.db_password,
               host: 'db',
               database: 'shop',
             }),
             JWT_SECRET: shared.jwt_secret,
             LEGACY_TOKEN: worker.legacy_token,
             QUEUE_URL: shared.queue_url,
             SMTP_PASSWORD: shared.smtp_password,
             WORKER_API_KEY: worker.shop_api_key,
           },
         }),
       },
     });

     // Compose reads these files. Declare a second environment for each cluster that the workloads run in.
     // Not in the files: QUEUE_PASSWORD. What they are a part of is left to decide above: compose it there, or write the
     // names here.
     export const environments = [
       defineEnvironment('local', {
         catalog: shop,
         delivery: dotenv({
           files: [
             {
               path: '.env',
               example: '.env.example',
               env: {
                 DB_PASSWORD: shared.db_password,
                 DB_USER: shared.db_user,
                 JWT_SECRET: shared.jwt_secret,
                 SHOP_API_KEY: worker.shop_api_key,
               },
             },
             {
               path: 'backend.env',
               example: 'backend.env.example',
               env: {
                 SMTP_PASSWORD: shared.smtp_password,
               },
             },
           ],
         }),
       }),
     ];
     "
    `);
  });

  it('is the same for the same files, formatted as prettier does it, and compiles', async () => {
    expect(await draftOf(folder)).toBe(draft);
    expect(prettier(draft)).toBe(draft);
    compile(draft);
  });

  it('once accepted, declares every secret that Compose takes from .env, but for one that it names', async () => {
    const environment = loadDraft(draft, folder) as unknown as Environment<DotenvDelivery>;
    const { findings, variables } = await inspectCompose({ folder, root: folder, environment });
    expect(variables.filter(({ declared }) => declared === 'catalog').map(({ name }) => name)).toEqual([
      'DB_PASSWORD',
      'DB_USER',
      'JWT_SECRET',
      'SHOP_API_KEY',
    ]);
    const undeclared = findings.filter(({ rule }) => rule === 'undeclared').map(({ message }) => message.split(' ')[0]);
    expect(new Set(undeclared)).toEqual(new Set(['QUEUE_PASSWORD']));
    expect(draft).toContain('// Not in the files: QUEUE_PASSWORD.');
  });
});
