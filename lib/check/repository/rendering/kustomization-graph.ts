import { posix } from 'node:path';
import { parseDocument } from 'yaml';
import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';

/** One kustomization: what its file names. */
export interface Kustomization {
  /** Path of its folder from the root; `.` for the root. */
  readonly folder: string;
  readonly file: string;
  readonly isComponent: boolean;
  /** Files and folders of the repository that it names, as paths from the root. */
  readonly named: readonly string[];
  /** Those of them that are pieces of objects and no manifests. */
  readonly pieces: readonly string[];
  /** What would have to be fetched. */
  readonly remote: readonly string[];
}

const fileNames: ReadonlySet<string> = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);

/** Files of kustomizations among the files of a repository. */
export function kustomizationFiles(files: readonly string[]): string[] {
  return files.filter((file) => fileNames.has(posix.basename(file)));
}

/**
 * Reads the file of a kustomization (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/).
 * @returns nothing for a file of another kind, such as Flux's Kustomization, and for one that is not YAML
 */
export function readKustomization(file: string, text: string): Kustomization | undefined {
  const document = parseDocument(text, { logLevel: 'silent', merge: true });
  const content = document.errors.length > 0 ? undefined : mapOf(document.toJS());
  const version = textOf(content?.apiVersion);
  if (content === undefined || (version !== undefined && !version.startsWith('kustomize.config.k8s.io/'))) {
    return undefined;
  }
  const folder = posix.dirname(file);
  const texts = (list: unknown): string[] => listOf(list).flatMap((item) => textOf(item) ?? []);
  const resources = ['resources', 'bases', 'components', 'crds'].flatMap((key) => texts(content[key]));
  const patches = [
    ...texts(content.patchesStrategicMerge),
    ...['patches', 'patchesJson6902', 'replacements'].flatMap((key) =>
      listOf(content[key]).flatMap((item) => textOf(mapOf(item).path) ?? []),
    ),
    ...['configurations', 'transformers', 'generators', 'validators'].flatMap((key) => texts(content[key])),
  ];
  const local = (paths: readonly string[]): string[] =>
    paths.filter((path) => !path.includes('\n') && !isRemote(path)).map((path) => posix.join(folder, path));
  return {
    folder,
    file,
    isComponent: content.kind === 'Component',
    named: local([...resources, ...patches]),
    pieces: local(patches),
    remote: [...resources, ...patches].filter((path) => !path.includes('\n') && isRemote(path)),
  };
}

/** URLs, and what kustomize takes for a git repository (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/). */
function isRemote(path: string): boolean {
  return /^(?:[a-z+]+:\/\/|[\w.-]+@[\w.-]+:|(?:github|gitlab|bitbucket)\.(?:com|org)[/:])|[?&]ref=|\.git(?:\/|$)|\/\/|^\//.test(
    path,
  );
}

/** Kustomizations that no other one includes: what somebody applies. */
export function entries(all: readonly Kustomization[]): Kustomization[] {
  const included = new Set(all.flatMap(({ folder, named }) => named.filter((path) => path !== folder)));
  return all.filter(({ folder, isComponent }) => !isComponent && !included.has(folder));
}

/** A kustomization with everything that it includes, itself first. */
export function closure(entry: Kustomization, all: readonly Kustomization[]): Kustomization[] {
  const byFolder = new Map(all.map((kustomization) => [kustomization.folder, kustomization]));
  const found = new Set([entry]);
  for (const { named } of found) {
    for (const path of named) {
      const next = byFolder.get(path);
      if (next) {
        found.add(next);
      }
    }
  }
  return [...found];
}
