import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';
import { reasonOf } from '../../../error-reason';
import type { Manifest } from '../../../kubernetes/object-rules';
import { mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import { environmentOf } from '../environment-of';
import type { LocatedObject } from '../model';
import { runBounded, shorten, usualLimits } from './bounded-run';
import { closure, entries, type Kustomization, kustomizationFiles, readKustomization } from './kustomization-graph';
import { type FindRenderer, listFiles } from './find-renderer';
import { joinRendered, readRendered, type Rendered } from './rendered';
import { locateInManifests } from './source-objects';

/**
 * Renders every kustomization that no other one includes, as `kubectl kustomize` does it, without fetching anything.
 * @param root folder that paths start from
 * @param files every file of the repository
 */
export async function renderKustomizations(
  root: string,
  files: readonly string[],
  findKubectl: FindRenderer,
  limits = usualLimits,
): Promise<Rendered> {
  const all: Kustomization[] = [];
  for (const file of kustomizationFiles(files)) {
    const kustomization = readKustomization(file, await readFile(join(root, file), 'utf8').catch(() => ''));
    all.push(...(kustomization ? [kustomization] : []));
  }
  const start = entries(all);
  if (start.length === 0) {
    return joinRendered([]);
  }
  const kubectl = await findKubectl();
  const places = environmentNames(start, all);
  const rendered: Rendered[] = [];
  for (const entry of start) {
    const included = closure(entry, all);
    try {
      if (!('binary' in kubectl)) {
        const which = listFiles(included.map(({ file }) => file));
        const reason = `${kubectl.missing}, so ${which} ${included.length > 1 ? 'are' : 'is'} not rendered, and resources are checked as they are, without patches, generators and prefixes`;
        const note = { file: entry.file, line: 1, reason, fix: kubectl.fix };
        rendered.push({ ...notRendered(included), notes: [note] });
        continue;
      }
      await checkReach(root, included);
      const objects = await render(root, entry, kubectl.binary, limits, places.get(entry));
      rendered.push({
        objects,
        unreadable: [],
        notes: [],
        parts: new Set(included.flatMap(({ file, named }) => [file, ...named])),
      });
    } catch (error) {
      const fix = `correct it; see it with "kubectl kustomize ${entry.folder}"`;
      const reason = `kubectl does not render the kustomization: ${reasonOf(error)}`;
      rendered.push({ ...notRendered(included), unreadable: [{ file: entry.file, line: 1, reason, fix }] });
    }
  }
  return joinRendered(rendered);
}

/** Its resources are read as plain manifests then; patches are no manifests. */
function notRendered(included: readonly Kustomization[]): Rendered {
  return { objects: [], unreadable: [], notes: [], parts: new Set(included.flatMap(({ pieces }) => pieces)) };
}

/** @throws Error for what would be fetched, or lies outside of the repository */
async function checkReach(root: string, included: readonly Kustomization[]): Promise<void> {
  const remote = included.flatMap((kustomization) => kustomization.remote);
  if (remote.length > 0) {
    throw new Error(`it names what would have to be fetched: ${remote.join(', ')}`);
  }
  const top = await realpath(root);
  for (const path of included.flatMap(({ named }) => named)) {
    const real = await realpath(join(root, path)).catch(() => undefined);
    if (real !== undefined && real !== top && !real.startsWith(top + sep)) {
      throw new Error(`it names what lies outside of the checked folder: ${path}`);
    }
  }
}

/**
 * Overlays of one base are places of their own: their objects never meet in a cluster. A kustomization that shares nothing
 * with another one is one only where its path says so.
 */
function environmentNames(
  start: readonly Kustomization[],
  all: readonly Kustomization[],
): ReadonlyMap<Kustomization, string> {
  const users = new Map<Kustomization, number>();
  const closures = new Map(start.map((entry) => [entry, closure(entry, all)]));
  for (const used of [...closures.values()].flat()) {
    users.set(used, (users.get(used) ?? 0) + 1);
  }
  return new Map(
    start.flatMap((entry) => {
      const shares = closures.get(entry)?.some((used) => (users.get(used) ?? 0) > 1);
      const name = environmentOf(entry.file) ?? (shares ? entry.folder : undefined);
      return name === undefined ? [] : [[entry, name] as const];
    }),
  );
}

async function render(
  root: string,
  entry: Kustomization,
  kubectl: string,
  limits: typeof usualLimits,
  environment: string | undefined,
): Promise<LocatedObject[]> {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'nivesh-secrets-kustomize-')));
  try {
    // Origins are written only where a kustomization asks for them.
    const top = await realpath(root);
    const target = relative(place, join(top, entry.folder));
    const wrapper = { resources: [target], buildMetadata: ['originAnnotations'] };
    await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(wrapper));
    const result = await runBounded(kubectl, ['kustomize', place], limits);
    if ('failure' in result) {
      throw new Error(inOwnWords(result.failure, top));
    }
    const origins = new Origins(top, place);
    const documents = readRendered(result.output).map((manifest) => origins.take(manifest, entry));
    const plainNames = new Map(documents.flatMap(({ generated }) => (generated ? [generated] : [])));
    const texts = new Map<string, string>();
    const objects: LocatedObject[] = [];
    for (const { manifest, file } of documents) {
      const text = texts.get(file) ?? (await readFile(join(root, file), 'utf8').catch(() => ''));
      texts.set(file, text);
      const named = rename(manifest, plainNames) as Manifest;
      objects.push({
        manifest: named,
        locate: locateInManifests(file, text, named),
        ...(environment !== undefined && { environment }),
      });
    }
    return objects;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const level =
  /^accumulating resources: accumulation err='accumulating resources from '[^']*': '[^']*' must resolve to a file': recursed accumulation of path '[^']*': /;

/** What kubectl says at the innermost level, without places that mean nothing to a reader. */
function inOwnWords(failure: string, top: string): string {
  let words = failure;
  while (level.test(words)) {
    words = words.replace(level, '');
  }
  return shorten(words.replaceAll(`${top}/`, ''));
}

/** See {@link Origins.take}. */
interface Originated {
  readonly manifest: Manifest;
  /** Path from the root. */
  readonly file: string;
  /** Its name with and without the hash of its content. */
  readonly generated?: readonly [string, string];
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/buildmetadata/ */
const originAnnotation = 'config.kubernetes.io/origin';

/** Reads where kustomize has an object from, and takes the mark away again. */
class Origins {
  constructor(
    private readonly root: string,
    private readonly place: string,
  ) {}

  take(manifest: Manifest, entry: Kustomization): Originated {
    const { [originAnnotation]: written, ...annotations } = manifest.metadata.annotations ?? {};
    const origin = written === undefined ? {} : mapOf(parse(written));
    const path = textOf(origin.path) ?? textOf(origin.configuredIn);
    const file = path === undefined ? entry.file : relative(this.root, join(this.place, path)).split(sep).join('/');
    const { name } = manifest.metadata;
    const isGenerated = /^(?:Secret|ConfigMap)Generator$/.test(textOf(partOf(origin, ['configuredBy', 'kind'])) ?? '');
    return {
      manifest: { ...manifest, metadata: { ...manifest.metadata, annotations } },
      file,
      ...(isGenerated && { generated: [name, name.replace(hash, '')] as const }),
    };
  }
}

/** What kustomize puts behind a generated name: ten characters of an alphabet without vowels. */
const hash = /-[2456789bcdfghkmt]{10}$/;

/** Names without the hash of the content: nobody has written it. */
function rename(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return names.get(value) ?? value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => rename(item, names));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rename(item, names)]))
    : value;
}
