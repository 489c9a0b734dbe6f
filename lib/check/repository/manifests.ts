import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import type { Manifest } from '../../kubernetes/object-rules';
import { reasonOf } from '../../error-reason';
import { listOf, mapOf } from '../../plain-data';
import { DocumentPlace } from '../document-place';
import { textOf } from './data';
import { environmentOf } from './environment-of';
import type { LocatedObject, ObjectPath, UnreadableFile } from './model';

/** What is in a file of manifests. */
export interface ReadManifests {
  readonly objects: readonly LocatedObject[];
  readonly unreadable: readonly UnreadableFile[];
}

const kustomizationName = /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/;

/** Whether a text may hold Kubernetes objects, before it costs the time to parse it. */
export function looksLikeManifests(path: string, text: string): boolean {
  return kustomizationName.test(path) || (/\bapiVersion\b/.test(text) && /\bkind\b/.test(text));
}

/** Whether a text is a template whose result is YAML, and not YAML with templates in its texts. */
export function isTemplate(text: string): boolean {
  return /^[ \t]*\{[{%]|^[ \t]*(?:- )?[\w.-]+:[ \t]+\{\{/m.test(text);
}

/** Reads the Kubernetes objects of a file with YAML documents, or of a JSON file. */
export function readManifests(path: string, text: string): ReadManifests {
  const objects: LocatedObject[] = [];
  const unreadable: UnreadableFile[] = [];
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
    for (const document of 'empty' in parsed ? [] : parsed) {
      const place = new DocumentPlace(path, document, lines);
      const [error] = document.errors;
      if (error) {
        unreadable.push({
          ...place.at(error.pos[0]),
          reason: `not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`,
          fix: 'correct the line',
        });
      } else {
        objects.push(...objectsIn(place, valueOf(document)));
      }
    }
  } catch (error) {
    unreadable.push({
      file: path,
      reason: `the YAML cannot be read: ${describeLimit(error)}`,
      fix: 'write it with less nesting and fewer aliases',
    });
  }
  return { objects, unreadable };
}

/** Aliases of aliases grow without end: https://en.wikipedia.org/wiki/Billion_laughs_attack */
function valueOf(document: Document.Parsed): unknown {
  return document.toJS({ maxAliasCount: 100 });
}

function describeLimit(error: unknown): string {
  return error instanceof RangeError ? 'it is nested too deeply' : reasonOf(error).toLowerCase();
}

function objectsIn(place: DocumentPlace, value: unknown, prefix: ObjectPath = []): LocatedObject[] {
  const { kind, items } = mapOf(value);
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return listOf(items).flatMap((item, index) =>
      // A list of lists is none that an API server accepts.
      prefix.length === 0 ? objectsIn(place, item, ['items', index]) : [],
    );
  }
  const manifest = manifestOf(place.path, value);
  const environment = environmentOf(place.path);
  return manifest === undefined
    ? []
    : [
        {
          manifest,
          ...(environment === undefined ? {} : { environment }),
          locate: (path) => place.locate([...prefix, ...path]),
        },
      ];
}

function manifestOf(path: string, value: unknown): Manifest | undefined {
  const object = mapOf(value);
  if (kustomizationName.test(path)) {
    return {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      ...object,
      kind: 'Kustomization',
      metadata: { name: path },
    };
  }
  const [apiVersion, kind] = [textOf(object.apiVersion), textOf(object.kind)];
  const metadata = mapOf(object.metadata);
  const name = textOf(metadata.name) ?? textOf(metadata.generateName);
  if (apiVersion === undefined || kind === undefined || name === undefined || kind === 'CustomResourceDefinition') {
    return undefined;
  }
  const { namespace, annotations, ...others } = metadata;
  return {
    ...object,
    apiVersion,
    kind,
    metadata: {
      ...others,
      name,
      ...(textOf(namespace) === undefined ? {} : { namespace: String(namespace) }),
      annotations: textsIn(annotations),
    },
  };
}

function textsIn(map: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapOf(map)).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}
