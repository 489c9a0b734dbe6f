import { posix } from 'node:path';
import type { ComposeService } from '../../compose-services';
import { isComposeFile } from '../compose-projects';
import { isEnvFile } from '../env-files';
import { decodeText } from '../file-text';
import { type FileTree, readFiles } from '../tree';
import { type CodeComponent, type CodeVariable, imageName, ownerOf } from './component';
import { isCode, readCode } from './read-code';

/** Files whose words say nothing about what a program reads. */
const silent = /\.(?:md|rst|lock|svg|csv|min\.js|map)$|(?:^|\/)package-lock\.json$/;

/** Larger files are data. */
const largestFile = 1024 * 1024;

/**
 * Finds the programs of a repository, by their Dockerfiles and by what Compose builds, and what each reads from its
 * environment.
 * @param manifestFiles files that say what is delivered, and so mention variables that nobody has to read
 */
export async function readComponents(
  tree: FileTree,
  services: readonly ComposeService[],
  manifestFiles: ReadonlySet<string>,
): Promise<CodeComponent[]> {
  const built = services.flatMap(({ build }) => (build === undefined ? [] : [build.folder]));
  const dockerfiles = tree.files.filter(isDockerfile);
  const folders = new Set([...dockerfiles.map((path) => posix.dirname(path)), ...built]);
  if (folders.size === 0) {
    return [];
  }
  const content = new Contents(folders);
  const speaking = tree.files.filter(
    (path) => !isEnvFile(path) && !isComposeFile(path) && !manifestFiles.has(path) && !silent.test(path),
  );
  await readFiles(tree, speaking, (path, answer) => {
    const { text, problem } =
      'bytes' in answer && answer.bytes.length <= largestFile
        ? decodeText(answer.bytes)
        : { text: '', problem: 'not read' };
    if (problem === undefined) {
      content.add(path, text);
    }
  });
  return [...folders].sort().map((folder) => content.component(folder, services));
}

function isDockerfile(path: string): boolean {
  return /(?:^|\/)(?:Dockerfile|Containerfile)$/.test(path);
}

/** What is known about one folder of files. */
interface FolderContent {
  readonly variables: CodeVariable[];
  readonly mentions: Set<string>;
  readonly names: string[];
  readonly built: Set<string>;
  dynamic: boolean;
}

class Contents {
  private readonly byFolder = new Map<string, FolderContent>();

  constructor(private readonly folders: ReadonlySet<string>) {}

  add(path: string, text: string): void {
    const content = this.of(ownerOf(path, this.folders) ?? '');
    if (isDockerfile(path)) {
      for (const name of dockerfileVariables(text)) {
        content.built.add(name);
      }
      return;
    }
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) {
      content.mentions.add(word.toUpperCase());
    }
    if (isCode(path)) {
      const { variables, dynamic } = readCode(path, text);
      content.variables.push(
        ...variables.map(({ name, line, required }) => ({ name, location: { file: path, line }, optional: !required })),
      );
      content.dynamic ||= dynamic;
    } else if (posix.basename(path) === 'package.json') {
      content.names.push(...packageName(text));
    }
  }

  private of(folder: string): FolderContent {
    const known = this.byFolder.get(folder);
    if (known) {
      return known;
    }
    const content = { variables: [], mentions: new Set<string>(), names: [], built: new Set<string>(), dynamic: false };
    this.byFolder.set(folder, content);
    return content;
  }

  component(folder: string, services: readonly ComposeService[]): CodeComponent {
    const own = this.of(folder);
    const shared = [...this.byFolder].filter(
      ([other]) => other === '' || other === '.' || folder.startsWith(`${other}/`),
    );
    const builders = services.filter(({ build }) => build?.folder === folder);
    const names = [
      ...(folder === '.' ? [] : [posix.basename(folder)]),
      ...own.names,
      ...builders.flatMap(({ name, image }) => [name, ...(image === undefined ? [] : [imageName(image)])]),
    ];
    return {
      folder,
      names: [...new Set(names)],
      built: own.built,
      variables: own.variables,
      mentions: new Set([own, ...shared.map(([, content]) => content)].flatMap(({ mentions }) => [...mentions])),
      known: own.variables.length > 0 && ![own, ...shared.map(([, content]) => content)].some(({ dynamic }) => dynamic),
    };
  }
}

/** `ENV A=a B=b` and `ENV A a` (https://docs.docker.com/reference/dockerfile/#env). */
function dockerfileVariables(text: string): string[] {
  const joined = text.replace(/\\\r?\n/g, ' ');
  return joined.split('\n').flatMap((line) => {
    const [, rest = ''] = /^\s*ENV\s+(.*)$/i.exec(line) ?? [];
    const assigned = [...rest.matchAll(/(?:^|\s)([A-Za-z_]\w*)=/g)].map(([, name = '']) => name);
    return assigned.length > 0 ? assigned : (/^[A-Za-z_]\w*/.exec(rest) ?? []).slice(0, 1);
  });
}

/** The name of an npm package, without its scope. */
function packageName(text: string): string[] {
  const [, name] = /"name"\s*:\s*"(?:@[\w.-]{1,100}\/)?([\w.-]{1,100})"/.exec(text) ?? [];
  return name === undefined ? [] : [name];
}
