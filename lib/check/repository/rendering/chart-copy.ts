import { copyFile, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';

/** What became of a chart on its way into a folder of its own. */
export interface ChartCopy {
  /** Links, which are not followed. */
  readonly links: readonly string[];
  /** Dependencies that are declared and do not lie in `charts/`. */
  readonly missing: readonly string[];
}

/** A chart may lie in the root of a repository. */
const foreign: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** Bytes of a chart; helm reads all of it into memory. */
const largestChart = 64 * 1024 * 1024;

/**
 * Copies a chart, so that helm reads nothing outside of it, and takes the dependencies out that would have to be fetched:
 * the chart's own templates can be rendered without them.
 * @throws Error for a chart that is too large, or whose Chart.yaml is not YAML
 */
export async function copyChart(from: string, to: string): Promise<ChartCopy> {
  const links: string[] = [];
  await copyFolder(from, to, '', { left: largestChart }, links);
  return { links, missing: await removeMissingDependencies(to) };
}

async function copyFolder(
  from: string,
  to: string,
  path: string,
  budget: { left: number },
  links: string[],
): Promise<void> {
  await mkdir(join(to, path), { recursive: true });
  for (const entry of await readdir(join(from, path), { withFileTypes: true })) {
    const own = join(path, entry.name);
    if (entry.isSymbolicLink()) {
      links.push(own);
    } else if (entry.isDirectory() && !foreign.has(entry.name)) {
      await copyFolder(from, to, own, budget, links);
    } else if (entry.isFile() && !entry.name.includes('\uFFFD')) {
      budget.left -= (await lstat(join(from, own))).size;
      if (budget.left < 0) {
        throw new Error(`the chart has more than ${largestChart / 1024 / 1024} MiB`);
      }
      await copyFile(join(from, own), join(to, own));
    }
  }
}

async function removeMissingDependencies(chart: string): Promise<string[]> {
  const file = join(chart, 'Chart.yaml');
  const document = parseDocument(await readFile(file, 'utf8'), { logLevel: 'silent' });
  if (document.errors.length > 0) {
    throw new Error('Chart.yaml is not YAML');
  }
  const declared = listOf(mapOf(document.toJS()).dependencies);
  const present = new Set(
    (await readdir(join(chart, 'charts')).catch(() => [])).map((name) => name.replace(/-\d.*\.tgz$/, '')),
  );
  const isPresent = (dependency: unknown): boolean => present.has(textOf(mapOf(dependency).name) ?? '');
  const missing = declared.filter((dependency) => !isPresent(dependency));
  if (missing.length > 0) {
    document.set('dependencies', declared.filter(isPresent));
    await writeFile(file, document.toString());
  }
  return missing.map((dependency) => textOf(mapOf(dependency).name) ?? '?');
}
