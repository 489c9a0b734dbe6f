import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import type { MadeSource } from '../sources';
import { readTemplate, type TemplatePart } from './go-template';

/** A field of a secret in Vault. */
export interface RemoteField {
  readonly path: string;
  /** @default - the whole secret, as JSON */
  readonly property?: string;
}

/** Where a value of a Kubernetes Secret comes from. */
export type Origin =
  | { readonly type: 'field'; readonly field: RemoteField }
  /** Text and fields in their order. */
  | { readonly type: 'composed'; readonly parts: readonly (RemoteField | { readonly text: string })[] }
  /** It is written by hand, sealed or generated, or composed in a way that is not understood. */
  | { readonly type: 'undecided'; readonly near?: RemoteField };

/** Every key that an ExternalSecret is known to make, with where its value comes from. */
export function originsOf({ manifest }: LocatedObject, mountOf: (manifest: unknown) => string): Map<string, Origin> {
  const spec =
    manifest.kind === 'ClusterExternalSecret' ? partOf(manifest, ['spec', 'externalSecretSpec']) : manifest.spec;
  const mount = mountOf(spec);
  const fetched = new Map(
    listOf(mapOf(spec).data).flatMap((entry) => {
      const key = textOf(mapOf(entry).secretKey);
      const field = remoteOf(mapOf(entry).remoteRef, mount);
      return key === undefined || field === undefined ? [] : [[key, field] as const];
    }),
  );
  const extracts = listOf(mapOf(spec).dataFrom).flatMap((entry) => extractOf(entry, mount) ?? []);
  const template = mapOf(partOf(spec, ['target', 'template', 'data']));
  const resolve = (key: string): RemoteField | undefined => fetched.get(key) ?? fieldOfExtracts(key, extracts);
  const origins = new Map<string, Origin>();
  if (Object.keys(template).length === 0 || partOf(spec, ['target', 'template', 'mergePolicy']) === 'Merge') {
    for (const [key, field] of fetched) {
      origins.set(key, { type: 'field', field });
    }
  }
  for (const [key, text] of Object.entries(template)) {
    origins.set(
      key,
      originOfTemplate(readTemplate(textOf(text) ?? ''), resolve, extracts[0] ?? [...fetched.values()][0]),
    );
  }
  return origins;
}

/** The one path that a Secret without a template is extracted from: its keys are the fields. */
export function wholeExtract({ manifest }: LocatedObject, mountOf: (manifest: unknown) => string): string | undefined {
  const { spec } = manifest;
  const entries = listOf(mapOf(spec).dataFrom);
  const extract = extractOf(entries[0], mountOf(spec));
  const isTemplated = Object.keys(mapOf(partOf(spec, ['target', 'template', 'data']))).length > 0;
  return entries.length === 1 && !isTemplated && extract?.prefix === '' ? extract.path : undefined;
}

function originOfTemplate(
  parts: readonly TemplatePart[] | undefined,
  resolve: (key: string) => RemoteField | undefined,
  near: RemoteField | undefined,
): Origin {
  const undecided: Origin = { type: 'undecided', ...(near && { near }) };
  if (parts === undefined) {
    return undecided;
  }
  const resolved = parts.map((part) => ('text' in part ? part : resolve(part.key)));
  const known = resolved.filter((part) => part !== undefined);
  const [first] = known;
  if (known.length < resolved.length || first === undefined || known.every((part) => 'text' in part)) {
    return undecided;
  }
  return known.length === 1 && !('text' in first)
    ? { type: 'field', field: first }
    : { type: 'composed', parts: known };
}

interface Extract {
  readonly path: string;
  /** What a rewrite puts before each field. */
  readonly prefix: string;
}

function extractOf(entry: unknown, mount: string): Extract | undefined {
  const remote = remoteOf(mapOf(entry).extract, mount);
  const rewrites = listOf(mapOf(entry).rewrite);
  if (remote === undefined || rewrites.length > 1) {
    return undefined;
  }
  const { source, target } = mapOf(mapOf(rewrites[0]).regexp);
  const prefix = rewrites.length === 0 ? '' : /^([\w.-]*)\$\{?1\}?$/.exec(textOf(target) ?? '')?.[1];
  const isWhole = rewrites.length === 0 || /^\^?\(\.[*+]\)\$?$/.test(textOf(source) ?? '');
  return prefix === undefined || !isWhole ? undefined : { path: remote.path, prefix };
}

function fieldOfExtracts(key: string, extracts: readonly Extract[]): RemoteField | undefined {
  const found = extracts.filter(({ prefix }) => key.startsWith(prefix) && key.length > prefix.length);
  const longest = Math.max(...found.map(({ prefix }) => prefix.length));
  const [one, another] = found.filter(({ prefix }) => prefix.length === longest);
  return one && !another ? { path: one.path, property: key.slice(one.prefix.length) } : undefined;
}

function remoteOf(remote: unknown, mount: string): RemoteField | undefined {
  const key = textOf(mapOf(remote).key);
  const property = textOf(mapOf(remote).property);
  return key === undefined
    ? undefined
    : { path: withoutMount(key, mount), ...(property !== undefined && { property }) };
}

/** The operator takes a path with the mount and `data/`, or without them. */
function withoutMount(key: string, mount: string): string {
  const path = key.replace(/^\/+/, '');
  const below = path.startsWith(`${mount}/`) ? path.slice(mount.length + 1) : path;
  return below.startsWith('data/') ? below.slice('data/'.length) : below;
}

/** Whether a Secret is made from a secret store. */
export function isExternal({ maker }: MadeSource): boolean {
  return /^(?:Cluster)?ExternalSecret$/.test(maker.manifest.kind);
}
