import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import { usageError } from '../cli/errors';
import { type Lookup, substituteTemplate } from '../dotenv/compose-template';
import type { ComposeFinding } from './compose';

/** One Compose file with the places of everything in it. */
export interface ComposeFile {
  /** Path from the project's folder. */
  readonly path: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Which files to read. */
export interface ComposeSource {
  /** The project's folder. */
  readonly folder: string;
  /** Files, as after `docker compose -f`. @default - `COMPOSE_FILE`, else the usual names in the folder */
  readonly files?: readonly string[];
  /** Variables for paths and `COMPOSE_FILE`. */
  readonly lookup: Lookup;
}

/** Names that Docker Compose looks for, in its order. */
const usualNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const usualOverrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/**
 * Reads Compose files with everything that they include and extend.
 * @throws CliError when there is no such file
 */
export async function loadComposeFiles(
  source: ComposeSource,
): Promise<{ readonly files: ComposeFile[]; readonly findings: ComposeFinding[] }> {
  const files = new Map<string, ComposeFile>();
  const findings: ComposeFinding[] = [];
  const waiting = firstFiles(source).map((path) => resolve(source.folder, path));
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (files.has(path)) {
      continue;
    }
    const file = await parseFile(source.folder, path);
    files.set(path, file);
    findings.push(...syntaxFindings(file));
    for (const { target, node } of linkedFiles(file)) {
      const linked = resolveLink(source, path, target);
      if (linked === undefined) {
        continue;
      }
      if (existsSync(linked)) {
        waiting.push(linked);
      } else {
        findings.push({
          rule: 'missing-file',
          file: file.path,
          line: lineOf(file, node),
          message: `${relative(source.folder, linked)} does not exist`,
          fix: 'correct the path',
        });
      }
    }
  }
  return { files: [...files.values()], findings };
}

function firstFiles({ folder, files = [], lookup }: ComposeSource): readonly string[] {
  const fromVariable = lookup('COMPOSE_FILE')?.split(lookup('COMPOSE_PATH_SEPARATOR') ?? ':') ?? [];
  const named = files.length > 0 ? files : fromVariable;
  const missing = named.filter((path) => !existsSync(resolve(folder, path)));
  if (missing.length > 0) {
    throw usageError(`no such Compose file: ${missing.join(', ')}`, 'correct -f or COMPOSE_FILE');
  }
  if (named.length > 0) {
    return named;
  }
  const usual = usualNames.find((name) => existsSync(join(folder, name)));
  if (usual === undefined) {
    throw usageError(`no Compose file in ${folder}, looked for ${usualNames.join(', ')}`, 'name it with -f');
  }
  const override = usualOverrides.find((name) => existsSync(join(folder, name)));
  return override === undefined ? [usual] : [usual, override];
}

async function parseFile(folder: string, path: string): Promise<ComposeFile> {
  const text = await readFile(path, 'utf8');
  const lines = new LineCounter();
  // Docker Compose has tags of its own (!reset, !override), which are no mistakes.
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  return { path: relative(folder, path), text, document, lines };
}

function syntaxFindings({ path, document }: ComposeFile): ComposeFinding[] {
  return document.errors.map((error) => ({
    rule: 'syntax',
    file: path,
    line: error.linePos?.[0].line ?? 1,
    message: `not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`,
    fix: 'correct the line',
  }));
}

/** Line of a node, from 1. */
export function lineOf({ lines }: ComposeFile, node: unknown): number {
  const range = (node as ParsedNode | undefined)?.range;
  return range ? lines.linePos(range[0]).line : 1;
}

interface Link {
  readonly target: string;
  readonly node: Node;
}

/** https://docs.docker.com/reference/compose-file/include/ and .../services/#extends */
function linkedFiles({ document }: ComposeFile): Link[] {
  const include = resolveAlias(document, document.get('include', true));
  const included = isSeq(include) ? include.items.flatMap((item) => includeLinks(document, item)) : [];
  const services = resolveAlias(document, document.get('services', true));
  const extended = isMap(services)
    ? services.items.flatMap(({ value }) => {
        const service = resolveAlias(document, value);
        const target = isMap(service) ? resolveAlias(document, service.get('extends', true)) : undefined;
        return isMap(target) ? textLinks(target.get('file', true)) : [];
      })
    : [];
  return [...included, ...extended];
}

function includeLinks(document: Document, item: unknown): Link[] {
  const entry = resolveAlias(document, item);
  if (!isMap(entry)) {
    return textLinks(entry);
  }
  const path = resolveAlias(document, entry.get('path', true));
  return isSeq(path) ? path.items.flatMap(textLinks) : textLinks(path);
}

function textLinks(node: unknown): Link[] {
  return isScalar(node) && typeof node.value === 'string' ? [{ target: node.value, node }] : [];
}

function resolveAlias(document: Document, node: unknown): unknown {
  const alias = node as { resolve?: (document: Document) => unknown } | undefined;
  return typeof alias?.resolve === 'function' ? alias.resolve(document) : node;
}

/** A file on this machine; nothing for what Docker Compose fetches from elsewhere, and for paths without a value. */
function resolveLink({ lookup }: ComposeSource, from: string, target: string): string | undefined {
  if (/^(?:https?:|git@|ssh:|oci:|github\.com\/)/.test(target) || /\.git(?:#|$)/.test(target)) {
    return undefined;
  }
  try {
    return resolve(dirname(from), substituteTemplate(target, lookup));
  } catch {
    return undefined;
  }
}
