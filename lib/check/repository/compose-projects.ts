import { dirname } from 'node:path/posix';
import type { ComposeFinding } from '../compose';
import { type ComposeFile, parseComposeFile } from '../compose-files';
import { type LiteralSecret, readContents, type VariableUse } from '../compose-uses';
import { groupBy } from './source-index';

/** The Compose files of one folder, which are combined with `-f`. */
export interface ComposeProject {
  /** From the root; `.` for the root itself. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly uses: readonly VariableUse[];
  readonly literals: readonly LiteralSecret[];
  /** What Docker Compose would refuse. */
  readonly findings: readonly ComposeFinding[];
}

/** Whether a file is a Compose file, by its name. */
export function isComposeFile(path: string): boolean {
  return /(?:^|\/)(?:docker-)?compose(?:[._-][^/]*)?\.ya?ml$/.test(path);
}

/** Reads Compose files, each folder a project. They are not followed to what they include: that is found by itself. */
export function readComposeProjects(
  files: readonly { readonly path: string; readonly text: string }[],
): ComposeProject[] {
  return [...groupBy(files, ({ path }) => dirname(path))].map(([folder, members]) => {
    const findings: ComposeFinding[] = [];
    const contents = members.flatMap(({ path, text }) => {
      try {
        return [readContents(parse(path, text, findings))];
      } catch {
        findings.push({
          rule: 'syntax',
          file: path,
          line: 1,
          message: 'not YAML that can be read',
          fix: 'write it with less nesting',
        });
        return [];
      }
    });
    return {
      folder,
      files: members.map(({ path }) => path),
      uses: contents.flatMap(({ uses }) => uses),
      literals: contents.flatMap(({ literals }) => literals),
      findings: [...findings, ...contents.flatMap((content) => content.findings)],
    };
  });
}

function parse(path: string, text: string, findings: ComposeFinding[]): ComposeFile {
  return parseComposeFile(path, Buffer.from(text), new Map(), findings);
}
