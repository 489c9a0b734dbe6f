import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { resolveTools } from '../../lib/embedded/toolchain';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import type { ChartValue, ChartValues } from '../../lib/operators/chart-values';
import { goModuleFolder } from '../../tools/go-module';

/** A chart inside one of the pinned Go modules. */
export interface PinnedChart {
  readonly module: 'external-secrets' | 'sealed-secrets';
  /** Folder in the module. */
  readonly folder: string;
  readonly namespace: string;
}

/** Version of a pinned chart. */
export function chartVersion(chart: PinnedChart): string {
  return (readChartFile(chart, 'Chart.yaml') as { version: string }).version;
}

/**
 * Paths of values that a pinned chart does not have. Where its default is an empty map, every key is its own.
 */
export function unknownValues(chart: PinnedChart, values: ChartValues): string[] {
  return missing(readChartFile(chart, 'values.yaml') as ChartValues, values, []);
}

function missing(defaults: ChartValues, values: ChartValues, path: readonly string[]): string[] {
  if (path.length > 0 && Object.keys(defaults).length === 0) {
    return [];
  }
  return Object.entries(values).flatMap(([key, value]) => {
    const own = [...path, key];
    const known = defaults[key];
    if (known === undefined) {
      return [own.join('.')];
    }
    return isMap(value) && isMap(known) ? missing(known, value, own) : [];
  });
}

function isMap(value: ChartValue): value is ChartValues {
  return typeof value === 'object' && !Array.isArray(value);
}

function readChartFile({ module, folder }: PinnedChart, file: string): unknown {
  return parse(readFileSync(join(goModuleFolder(module), folder, file), 'utf8'));
}

/**
 * What the real `helm template` makes of a pinned chart, after it has checked the values against the chart's schema.
 * Optional dependencies of the chart, which would have to be downloaded, are left out.
 */
export async function renderChart(chart: PinnedChart, values: ChartValues): Promise<KubernetesObject[]> {
  const { helm } = await resolveTools(['helm']);
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-secrets-chart-'));
  try {
    cpSync(join(goModuleFolder(chart.module), chart.folder), folder, { recursive: true });
    execFileSync('chmod', ['-R', 'u+w', folder]);
    const manifest = join(folder, 'Chart.yaml');
    writeFileSync(manifest, stringify({ ...(readChartFile(chart, 'Chart.yaml') as object), dependencies: [] }));
    rmSync(join(folder, 'Chart.lock'), { force: true });
    const valuesFile = join(folder, 'our-values.yaml');
    writeFileSync(valuesFile, stringify(values));
    const output = execFileSync(
      helm.path,
      ['template', 'release', folder, '--namespace', chart.namespace, '--include-crds', '--values', valuesFile],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return parseAllDocuments(output).flatMap((document) => (document.toJS() as KubernetesObject | null) ?? []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
