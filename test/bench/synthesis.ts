import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { resolveTools } from '../../lib/embedded/toolchain';
import { ManifestApp, VaultDelivery } from '../../lib/kubernetes';
import type { Benchmark, Measures, Prepared, Variant } from './harness/benchmark';
import { timed } from './harness/measure';
import { catalogOf, environmentOf } from './support/services';
import { checkSameDocuments, checkSameFiles } from './support/same-documents';
import { synthesize, templateChart, writeChart, writeEmptyApp, writeOurs, writeRaw } from './support/synthesis';

const sizes = [100, 1000, 3000] as const;

const emptyApp = 'cdk8s synth, an app that does nothing';

const names = {
  ours: (size: number) => `cdk8s synth, ours, ${size} workloads`,
  raw: (size: number) => `cdk8s synth, plain ApiObjects, ${size} workloads`,
  helm: (size: number) => `helm template, ${size} workloads`,
  inProcess: (size: number) => `ours in this process, ${size} workloads`,
} as const;

/** Once for each size: what is timed must be the same documents. */
async function checkAlike(ours: string, raw: string, chart: string, helm: string): Promise<void> {
  await synthesize(ours);
  await synthesize(raw);
  checkSameFiles(join(ours, 'dist'), join(raw, 'dist'));
  checkSameDocuments(join(ours, 'dist'), (await templateChart(helm, chart)).stdout);
}

/** From the catalog to the files, without the start of any program: all that could grow faster than the catalog. */
async function synthesizeHere(size: number, folder: string): Promise<Measures> {
  rmSync(folder, { recursive: true, force: true });
  process.env.CDK8S_OUTDIR = folder;
  try {
    const { measures } = await timed(() => {
      const app = new ManifestApp();
      new VaultDelivery(new Chart(app, 'production'), 'Delivery', { environment: environmentOf(catalogOf(size)) });
      app.synth();
    });
    return measures;
  } finally {
    delete process.env.CDK8S_OUTDIR;
  }
}

async function variantsOf(size: number, folder: string, helm: string): Promise<Variant[]> {
  const [ours, raw, chart] = ['ours', 'raw', 'chart'].map((name) => join(folder, `${name}-${size}`)) as [
    string,
    string,
    string,
  ];
  writeOurs(ours, size);
  writeRaw(raw, size);
  writeChart(chart, size);
  await checkAlike(ours, raw, chart, helm);
  return [
    { name: names.ours(size), run: async () => (await synthesize(ours)).measures },
    { name: names.raw(size), run: async () => (await synthesize(raw)).measures },
    { name: names.helm(size), run: async () => (await templateChart(helm, chart)).measures },
    { name: names.inProcess(size), run: async () => await synthesizeHere(size, join(folder, `here-${size}`)) },
  ];
}

async function prepare(): Promise<Prepared> {
  const { helm } = await resolveTools(['helm']);
  const folder = mkdtempSync(join(tmpdir(), 'bench-synthesis-'));
  const variants: Variant[] = [];
  for (const size of sizes) {
    variants.push(...(await variantsOf(size, folder, helm.path)));
  }
  const empty = join(folder, 'empty');
  writeEmptyApp(empty);
  variants.unshift({ name: emptyApp, run: async () => (await synthesize(empty)).measures });
  return {
    variants,
    figures: [
      ...sizes.flatMap((size) => [
        {
          type: 'ratio',
          what: `ours, of helm, ${size} workloads`,
          of: names.ours(size),
          to: names.helm(size),
          atMost: 1,
        } as const,
        {
          type: 'ratio',
          what: `ours, of plain ApiObjects, ${size} workloads`,
          of: names.ours(size),
          to: names.raw(size),
          atMost: 1.3,
        } as const,
        {
          type: 'ratio',
          what: `ours in this process, of helm, ${size} workloads`,
          of: names.inProcess(size),
          to: names.helm(size),
        } as const,
      ]),
      {
        type: 'growth',
        what: 'growth of ours in this process, processor',
        measure: 'processor',
        points: sizes.map((size) => [size, names.inProcess(size)] as const),
        atMost: 1.1,
      },
      { type: 'limit', what: 'memory of ours, 3000 workloads', measure: 'memory', of: names.ours(3000), atMost: 1024 },
    ],
    close: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

export const benchmark: Benchmark = {
  name: 'synthesis',
  title: 'manifests of 100, 1000 and 3000 workloads with 20 variables each, beside plain cdk8s and helm',
  rounds: 3,
  warmUp: 0,
  prepare,
};
