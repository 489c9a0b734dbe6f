import { dirname } from 'node:path';
import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';

/** A path in a Compose file. */
export interface Link {
  readonly target: string;
  readonly node: Node;
  /** What an included file has of its own; nothing for one that is extended. */
  readonly included?: {
    /** Paths in the file start from here. @default - the folder of the first file of the entry */
    readonly projectDirectory: string;
    /** Files whose variables count where the project sets none. @default - `.env` in the folder above */
    readonly envFiles?: readonly string[];
  };
}

/**
 * Compose files that a document brings
 * (https://docs.docker.com/reference/compose-file/include/ and .../services/#extends).
 */
export function linkedFiles(document: Document.Parsed): Link[] {
  const include = isMap(document.contents) ? resolveAlias(document, document.get('include', true)) : undefined;
  const included = isSeq(include) ? include.items.flatMap((item) => includeLinks(document, item)) : [];
  const extended = servicesOf(document).flatMap((service) => {
    const target = resolveAlias(document, service('extends'));
    return isMap(target) ? textLinks(target.get('file', true)) : [];
  });
  return [...included, ...extended];
}

/** Files of variables that have to be there (https://docs.docker.com/reference/compose-file/services/#env_file). */
export function environmentFiles(document: Document.Parsed): Link[] {
  return servicesOf(document).flatMap((service) => {
    const files = resolveAlias(document, service('env_file'));
    return (isSeq(files) ? files.items : [files]).flatMap((item) => {
      const entry = resolveAlias(document, item);
      if (!isMap(entry)) {
        return textLinks(entry);
      }
      return entry.get('required') === false ? [] : textLinks(entry.get('path', true));
    });
  });
}

/** One function a service, which looks a key up. */
function servicesOf(document: Document.Parsed): ((key: string) => unknown)[] {
  const services = isMap(document.contents) ? resolveAlias(document, document.get('services', true)) : undefined;
  return isMap(services)
    ? services.items.flatMap(({ value }) => {
        const service = resolveAlias(document, value);
        return isMap(service) ? [(key: string): unknown => service.get(key, true)] : [];
      })
    : [];
}

function includeLinks(document: Document, item: unknown): Link[] {
  const entry = resolveAlias(document, item);
  const paths = textsOf(document, isMap(entry) ? entry.get('path', true) : entry);
  const folder = isMap(entry) ? textsOf(document, entry.get('project_directory', true))[0]?.target : undefined;
  const envFiles = isMap(entry) && entry.has('env_file') ? textsOf(document, entry.get('env_file', true)) : undefined;
  const included = {
    projectDirectory: folder ?? dirname(paths[0]?.target ?? ''),
    ...(envFiles && { envFiles: envFiles.map(({ target }) => target) }),
  };
  return paths.map((link) => ({ ...link, included }));
}

/** One text, or a list of them. */
function textsOf(document: Document, node: unknown): Link[] {
  const value = resolveAlias(document, node);
  return isSeq(value) ? value.items.flatMap(textLinks) : textLinks(value);
}

function textLinks(node: unknown): Link[] {
  return isScalar(node) && typeof node.value === 'string' ? [{ target: node.value, node }] : [];
}

function resolveAlias(document: Document, node: unknown): unknown {
  const alias = node as { resolve?: (document: Document) => unknown } | undefined;
  return typeof alias?.resolve === 'function' ? alias.resolve(document) : node;
}
