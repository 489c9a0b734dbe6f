import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A JSON schema as custom resource definitions hold it (structural, OpenAPI v3). */
export interface CrdSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly required?: readonly string[];
  readonly items?: CrdSchema;
  readonly [keyword: string]: unknown;
}

/** The parts of a CustomResourceDefinition that are read here. */
export interface CustomResourceDefinition {
  readonly kind: 'CustomResourceDefinition';
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly CrdVersion[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

interface CrdVersion {
  readonly name: string;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: CrdSchema };
  readonly [key: string]: unknown;
}

/**
 * The definitions of some kinds in a file of many documents.
 * @param kinds only documents that name one of them are parsed: the operator's bundle has 2 MB
 */
export function readDefinitions(file: string, kinds: readonly string[]): CustomResourceDefinition[] {
  const wanted = new RegExp(`^    kind: (?:${kinds.join('|')})$`, 'm');
  return readFileSync(file, 'utf8')
    .split(/^---$/m)
    .filter((text) => wanted.test(text))
    .map((text) => parse(text) as CustomResourceDefinition);
}

/** Which properties to keep: all below (`true`), or these. Items of lists count as the list itself. */
export type Kept = true | { readonly [property: string]: Kept };

/**
 * A definition with its storage version alone, with the kept properties alone and without descriptions.
 * @throws Error if the definition has no property of a kept name, because then the names changed upstream
 */
export function pruneCrd(crd: CustomResourceDefinition, kept: Kept): CustomResourceDefinition {
  const { kind } = crd.spec.names;
  const versions = crd.spec.versions
    .filter(({ storage }) => storage)
    .map((version) => ({
      ...version,
      schema: { openAPIV3Schema: prune(version.schema.openAPIV3Schema, kept, kind) },
    }));
  return { ...crd, spec: { ...crd.spec, versions } };
}

function prune(schema: CrdSchema, kept: Kept, path: string): CrdSchema {
  if (kept === true) {
    return withoutDescriptions(schema) as CrdSchema;
  }
  if (schema.items) {
    return { type: 'array', items: prune(schema.items, kept, path) };
  }
  const properties = Object.entries(kept).map(([name, below]) => {
    const property = schema.properties?.[name];
    if (!property) {
      throw new Error(`${path} has no property ${name} in the pinned definition; correct the list in tools/imports.ts`);
    }
    return [name, prune(property, below, `${path}.${name}`)] as const;
  });
  const required = schema.required?.filter((name) => name in kept) ?? [];
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** Descriptions are texts; a property may be called `description` too, then it is a schema and stays. */
function withoutDescriptions(node: unknown): unknown {
  if (Array.isArray(node)) {
    return node.map(withoutDescriptions);
  }
  if (typeof node !== 'object' || node === null) {
    return node;
  }
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'description' && typeof value === 'string'))
      .map(([key, value]) => [key, withoutDescriptions(value)]),
  );
}
