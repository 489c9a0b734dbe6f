import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, posix } from 'node:path';
import { reasonOf } from '../../../error-reason';
import { environmentOf } from '../environment-of';
import type { LocatedObject, UnreadableFile } from '../model';
import { runBounded, shorten, usualLimits } from './bounded-run';
import { type ChartCopy, copyChart } from './chart-copy';
import { type FindRenderer, listFiles } from './find-renderer';
import { joinRendered, readRendered, type Rendered } from './rendered';
import { locateInSource } from './source-lines';

/** A chart of the repository, and the values that lie beside it. */
interface Chart {
  /** Path of its folder from the root; `.` for the root. */
  readonly folder: string;
  /** Names of files such as `values-staging.yaml`. */
  readonly values: readonly string[];
}

/**
 * Renders every chart with its own values, and once more with each file of values beside it, as `helm template` does it,
 * without fetching anything.
 * @param root folder that paths start from
 * @param files every file of the repository
 */
export async function renderCharts(
  root: string,
  files: readonly string[],
  findHelm: FindRenderer,
  limits = usualLimits,
): Promise<Rendered> {
  const charts = chartsAmong(files);
  if (charts.length === 0) {
    return joinRendered([]);
  }
  const helm = await findHelm();
  const rendered: Rendered[] = [];
  for (const chart of charts) {
    const parts = files.filter((file) => isPart(chart, file));
    const answer =
      'binary' in helm
        ? await renderChart(root, chart, helm.binary, limits)
        : { objects: [], unreadable: [], notes: [notRendered(chart, parts, helm)] };
    rendered.push({ ...answer, parts: new Set(parts) });
  }
  return joinRendered(rendered);
}

/** A chart may lie in the root of a repository that has more in it. */
function isPart({ folder }: Chart, file: string): boolean {
  const own = folder === '.' ? file : file.slice(folder.length + 1);
  return isWithin(folder, file) && /^(?:(?:templates|crds|charts)\/|Chart\.|values[^/]*\.ya?ml$)/.test(own);
}

function chartsAmong(files: readonly string[]): Chart[] {
  const folders = files.filter((file) => posix.basename(file) === 'Chart.yaml').map((file) => posix.dirname(file));
  return folders
    .filter((folder) => !folders.some((other) => other !== folder && isWithin(posix.join(other, 'charts'), folder)))
    .map((folder) => ({
      folder,
      values: files
        .filter((file) => posix.dirname(file) === folder && isValuesFile(posix.basename(file)))
        .map((file) => basename(file))
        .sort(),
    }));
}

function isValuesFile(name: string): boolean {
  return /^values[-.].+\.ya?ml$/.test(name);
}

function isWithin(folder: string, path: string): boolean {
  return folder === '.' || path.startsWith(`${folder}/`);
}

function notRendered(
  chart: Chart,
  parts: readonly string[],
  { missing, fix }: { readonly missing: string; readonly fix: string },
): UnreadableFile {
  const templates = parts.filter((file) => /(?:^|\/)(?:templates|crds|charts)\//.test(file));
  return problem(chart, `${missing}, so the chart is not rendered, and not checked are ${listFiles(templates)}`, fix);
}

function problem({ folder }: Chart, reason: string, fix: string): UnreadableFile {
  return { file: posix.join(folder, 'Chart.yaml'), line: 1, reason, fix };
}

async function renderChart(
  root: string,
  chart: Chart,
  helm: string,
  limits: typeof usualLimits,
): Promise<Omit<Rendered, 'parts'>> {
  const place = await mkdtemp(join(tmpdir(), 'nivesh-secrets-chart-'));
  try {
    const copy = join(place, 'chart');
    const notes = aboutCopy(chart, await copyChart(join(root, chart.folder), copy));
    const unreadable: UnreadableFile[] = [];
    const objects: LocatedObject[] = [];
    for (const values of [undefined, ...chart.values]) {
      const environment = chart.values.length === 0 ? environmentOf(chart.folder) : placeOf(values);
      try {
        objects.push(...(await renderOnce(root, chart, { copy, helm, values, limits, environment })));
      } catch (error) {
        const withValues = values === undefined ? '' : ` with ${values}`;
        const fix = `correct the chart; see it with "helm template ${chart.folder}${values === undefined ? '' : ` --values ${posix.join(chart.folder, values)}`}"`;
        unreadable.push(problem(chart, `helm does not render the chart${withValues}: ${reasonOf(error)}`, fix));
      }
    }
    return { objects, unreadable, notes };
  } catch (error) {
    return { objects: [], unreadable: [problem(chart, reasonOf(error), 'correct the chart')], notes: [] };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function aboutCopy(chart: Chart, { links, missing }: ChartCopy): UnreadableFile[] {
  return [
    ...(missing.length === 0
      ? []
      : [
          problem(
            chart,
            `dependencies of the chart are not in charts/ and are not fetched, so their objects are not checked: ${missing.join(', ')}`,
            `run "helm dependency build ${chart.folder}"`,
          ),
        ]),
    ...(links.length === 0
      ? []
      : [problem(chart, `links in the chart are not followed: ${links.join(', ')}`, 'put the files there')]),
  ];
}

/** `staging` for `values-staging.yaml`; the chart's own values are a place of their own where there are others. */
function placeOf(values: string | undefined): string {
  return values === undefined
    ? 'default values'
    : (environmentOf(values) ?? values.replace(/^values[-.]/, '').replace(/\.ya?ml$/, ''));
}

interface Rendering {
  readonly copy: string;
  readonly helm: string;
  readonly values: string | undefined;
  readonly limits: typeof usualLimits;
  readonly environment: string | undefined;
}

async function renderOnce(
  root: string,
  chart: Chart,
  { copy, helm, values, limits, environment }: Rendering,
): Promise<LocatedObject[]> {
  const extra = values === undefined ? [] : ['--values', join(copy, values)];
  const result = await runBounded(helm, ['template', 'release', copy, '--include-crds', ...extra], limits);
  if ('failure' in result) {
    // The copy's place means nothing to whoever reads it.
    throw new Error(shorten(result.failure.replaceAll(copy, chart.folder)));
  }
  const texts = new Map<string, string>();
  const objects: LocatedObject[] = [];
  for (const part of result.output.split(/^---\n(?=# Source: )/m)) {
    const file = fileOf(chart, /^# Source: (\S.*)$/m.exec(part)?.[1]);
    const text = texts.get(file) ?? (await readFile(join(root, file), 'utf8').catch(() => ''));
    texts.set(file, text);
    objects.push(
      ...readRendered(part).map((manifest) => ({
        manifest,
        locate: locateInSource(file, text, manifest),
        ...(environment !== undefined && { environment }),
      })),
    );
  }
  return objects;
}

/** `# Source: shop/templates/secret.yaml` names the chart first. A packed dependency is a file itself. */
function fileOf(chart: Chart, source: string | undefined): string {
  const path = source === undefined ? 'Chart.yaml' : source.slice(source.indexOf('/') + 1);
  return posix.join(chart.folder, path);
}
