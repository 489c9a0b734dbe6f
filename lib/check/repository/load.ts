import { readComponents } from './code/read-components';
import { isComposeFile, readComposeProjects } from './compose-projects';
import { type EnvFile, isEnvFile, readEnvFile } from './env-files';
import { decodeText } from './file-text';
import { readIgnoreComments } from './ignore-comments';
import { isTemplate, looksLikeManifests, readManifests } from './manifests';
import type { LocatedObject, Repository, UnreadableFile } from './model';
import { renderCharts } from './rendering/charts';
import { findRenderer } from './rendering/find-renderer';
import { renderKustomizations } from './rendering/kustomizations';
import { joinRendered, type Rendered } from './rendering/rendered';
import { readSuppressionFile, suppressionFile } from './suppression-file';
import type { Suppression } from './suppressions';
import { type FileTree, readFiles } from './tree';

/** A repository with what was passed over on purpose. */
export interface LoadedRepository extends Repository {
  /** Files that look as if they mattered and are not checked, each with the reason. */
  readonly notes: readonly UnreadableFile[];
  /** Of its file, and in comments. */
  readonly suppressions: readonly Suppression[];
}

/** Reads everything in a tree that the rules are about. */
export async function loadRepository(tree: FileTree): Promise<LoadedRepository> {
  const loading = new Loading(await render(tree), tree.taken);
  await readFiles(tree, tree.files.filter(isRelevant), (path, answer) => {
    if ('bytes' in answer) {
      loading.add(path, answer.bytes);
    } else {
      loading.notes.push({ file: path, ...answer });
    }
  });
  const { projects, services, notes } = await readComposeProjects(tree, loading.compose, loading.envFiles);
  loading.notes.push(...notes);
  const composeFiles = projects.flatMap(({ files }) => files.map(({ path }) => path));
  const delivering = new Set([...loading.manifestFiles, ...composeFiles]);
  return {
    ...loading.result(),
    services,
    composeProjects: projects,
    components: await readComponents(tree, services, delivering),
  };
}

async function render({ root, files }: FileTree): Promise<Rendered> {
  return joinRendered([
    await renderCharts(root, files, findRenderer('helm')),
    await renderKustomizations(root, files, findRenderer('kubectl')),
  ]);
}

function isRelevant(path: string): boolean {
  return /\.(?:ya?ml|json)$|(?:^|\/)Kustomization$/.test(path) || isEnvFile(path);
}

class Loading {
  readonly notes: UnreadableFile[];
  readonly compose = new Map<string, Buffer>();
  readonly envFiles: EnvFile[] = [];
  readonly manifestFiles: Set<string>;
  private readonly objects: LocatedObject[];
  private readonly unreadable: UnreadableFile[];
  private readonly suppressions: Suppression[] = [];

  constructor(
    private readonly rendered: Rendered,
    private readonly taken: boolean,
  ) {
    this.notes = [...rendered.notes];
    this.manifestFiles = new Set(rendered.parts);
    this.objects = [...rendered.objects];
    this.unreadable = [...rendered.unreadable];
  }

  add(path: string, bytes: Buffer): void {
    const { text, problem } = decodeText(bytes);
    if (path === suppressionFile) {
      this.addSuppressions(text);
      return;
    }
    this.suppressions.push(...readIgnoreComments(path, text));
    const kind = this.kindOf(path, text);
    if (kind === undefined) {
      return;
    }
    if (problem !== undefined) {
      this.unreadable.push({ file: path, reason: problem, fix: 'save it as UTF-8' });
      return;
    }
    switch (kind) {
      case 'env':
        this.envFiles.push(readEnvFile(path, text, this.taken));
        return;
      case 'compose':
        this.compose.set(path, Buffer.from(text));
        return;
      case 'manifests':
        this.addManifests(path, text);
    }
  }

  private addSuppressions(text: string): void {
    const { suppressions, unreadable } = readSuppressionFile(text);
    this.suppressions.push(...suppressions);
    this.unreadable.push(...unreadable);
  }

  private kindOf(path: string, text: string): 'env' | 'compose' | 'manifests' | undefined {
    if (isEnvFile(path)) {
      return 'env';
    }
    if (isComposeFile(path)) {
      return 'compose';
    }
    return looksLikeManifests(path, text) ? 'manifests' : undefined;
  }

  private addManifests(path: string, text: string): void {
    this.manifestFiles.add(path);
    if (this.rendered.parts.has(path)) {
      return;
    }
    if (isTemplate(text)) {
      this.notes.push({
        file: path,
        reason: 'the file is a template, and no YAML before it is rendered',
        fix: 'render it into a file to have it checked',
      });
      return;
    }
    const { objects, unreadable } = readManifests(path, text);
    this.objects.push(...objects);
    this.unreadable.push(...unreadable);
  }

  result(): Omit<LoadedRepository, 'components' | 'composeProjects' | 'services'> {
    const { objects, envFiles, unreadable, notes, suppressions } = this;
    return { objects, envFiles, unreadable, notes, suppressions };
  }
}
