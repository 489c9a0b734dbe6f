import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draftCatalog } from '../../../../lib/check/repository/import/draft';
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
  const { objects } = await loadRepository(await listTree(folder));
  return draftCatalog(objects)?.text ?? '';
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
  });

  it('once accepted, leaves nothing to be found', async () => {
    expect((await inspectRepository(folder)).findings).not.toEqual([]);
    await acceptDraft(folder, loadDraft(draft, folder));
    expect((await inspectRepository(folder)).findings).toEqual([]);
  });
});
