import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';

/** A path in a Compose file. */
export interface Link {
  readonly target: string;
  readonly node: Node;
}

/** One entry under `include`: files that are merged, with what they have of their own. */
export interface Inclusion {
  readonly paths: readonly Link[];
  /** Paths in the files start from here. @default - the folder of the first file */
  readonly projectDirectory?: string;
  /** Files whose variables count where the project sets none. @default - `.env` in the folder above */
  readonly envFiles?: readonly string[];
}

/** What a document includes (https://docs.docker.com/reference/compose-file/include/). */
export function inclusions(document: Document.Parsed): Inclusion[] {
  const include = isMap(document.contents) ? resolveAlias(document, document.get('include', true)) : undefined;
  return isSeq(include) ? include.items.map((item) => inclusionOf(document, item)) : [];
}

/** Other files whose services a document extends (https://docs.docker.com/reference/compose-file/services/#extends). */
export function extendedFiles(document: Document.Parsed): Link[] {
  return servicesOf(document).flatMap((service) => {
    const target = resolveAlias(document, service('extends'));
    return isMap(target) ? textLinks(target.get('file', true)) : [];
  });
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

function inclusionOf(document: Document, item: unknown): Inclusion {
  const entry = resolveAlias(document, item);
  if (!isMap(entry)) {
    return { paths: textsOf(document, entry) };
  }
  const [folder] = textsOf(document, entry.get('project_directory', true));
  return {
    paths: textsOf(document, entry.get('path', true)),
    ...(folder && { projectDirectory: folder.target }),
    ...(entry.has('env_file') && {
      envFiles: textsOf(document, entry.get('env_file', true)).map(({ target }) => target),
    }),
  };
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
