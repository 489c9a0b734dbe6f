import { dirname } from 'node:path/posix';
import { isComposeFile, readComposeProjects } from './compose-projects';
import { type EnvFile, isEnvFile, readEnvFile } from './env-files';
import { decodeText } from './file-text';
import { isTemplate, looksLikeManifests, readManifests } from './manifests';
import type { LocatedObject, Repository, UnreadableFile } from './model';
import { type FileTree, readBytes } from './tree';

/** A repository with what was passed over on purpose. */
export interface LoadedRepository extends Repository {
  /** Files that look as if they mattered and are not checked, each with the reason. */
  readonly notes: readonly UnreadableFile[];
}

/** Files in flight at once: enough to keep the disk busy, few enough to keep memory small. */
const readAtOnce = 32;

/** Reads everything in a tree that the rules are about. */
export async function loadRepository(tree: FileTree): Promise<LoadedRepository> {
  const loading = new Loading(chartTemplates(tree.files));
  const relevant = tree.files.filter(isRelevant);
  for (let start = 0; start < relevant.length; start += readAtOnce) {
    const paths = relevant.slice(start, start + readAtOnce);
    const answers = await Promise.all(paths.map(async (path) => ({ path, answer: await readBytes(tree, path) })));
    for (const { path, answer } of answers) {
      if (answer && 'bytes' in answer) {
        loading.add(path, answer.bytes);
      } else if (answer) {
        loading.notes.push({ file: path, ...answer });
      }
    }
  }
  return loading.result();
}

function isRelevant(path: string): boolean {
  return /\.(?:ya?ml|json)$|(?:^|\/)Kustomization$/.test(path) || isEnvFile(path);
}

/** Whether a file is a template of a Helm chart, which is no YAML before it is rendered. */
function chartTemplates(files: readonly string[]): (path: string) => boolean {
  const folders = new Set(
    files
      .filter((path) => /(?:^|\/)Chart\.yaml$/.test(path))
      .map((path) => (dirname(path) === '.' ? '' : `${dirname(path)}/`)),
  );
  return (path) => {
    for (let end = path.indexOf('templates/'); end !== -1; end = path.indexOf('templates/', end + 1)) {
      if (folders.has(path.slice(0, end))) {
        return true;
      }
    }
    return false;
  };
}

class Loading {
  readonly notes: UnreadableFile[] = [];
  private readonly objects: LocatedObject[] = [];
  private readonly compose: { readonly path: string; readonly text: string }[] = [];
  private readonly envFiles: EnvFile[] = [];
  private readonly unreadable: UnreadableFile[] = [];

  constructor(private readonly isChartTemplate: (path: string) => boolean) {}

  add(path: string, bytes: Buffer): void {
    const { text, problem } = decodeText(bytes);
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
        this.envFiles.push(readEnvFile(path, text));
        return;
      case 'compose':
        this.compose.push({ path, text });
        return;
      case 'manifests':
        this.addManifests(path, text);
    }
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
    if (this.isChartTemplate(path) || isTemplate(text)) {
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

  result(): LoadedRepository {
    const { objects, envFiles, unreadable, notes } = this;
    return {
      objects,
      envFiles,
      unreadable,
      notes,
      composeProjects: readComposeProjects(this.compose),
      codeVariables: [],
    };
  }
}
