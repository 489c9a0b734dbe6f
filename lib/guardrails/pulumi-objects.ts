import type { PolicyResource } from '@pulumi/policy';
import { mapOf } from '../plain-data';
import { textOf } from '../check/repository/data';
import type { LocatedObject } from '../check/repository/model';
import type { Manifest } from '../kubernetes/object-rules';

/** Kubernetes objects among the resources of a stack. */
export interface StackObjects {
  readonly objects: readonly LocatedObject[];
  /** URNs of objects that are known in part only, as before they are made. */
  readonly uncertain: ReadonlySet<string>;
}

/** Parts that nobody declares. */
const outputs: ReadonlySet<string> = new Set(['status', 'id', '__fieldManager', '__initialApiVersion', '__inputs']);
/** Parts of `metadata` that are known before the object is made. */
const declared: ReadonlySet<string> = new Set(['name', 'namespace', 'labels', 'annotations', 'generateName']);

/**
 * Reads the objects of the Kubernetes provider. Each stands where its URN says, and the provider says which cluster it is
 * in: objects of two never meet.
 */
export function stackObjects(resources: readonly PolicyResource[]): StackObjects {
  const uncertain = new Set<string>();
  const objects = resources
    .filter(({ type }) => /^kubernetes:.*:[A-Z][A-Za-z0-9]*$/.test(type) && !/(?:Patch|List)$/.test(type))
    .flatMap(({ urn, props, provider }): LocatedObject[] => {
      const copy = new KnownCopy();
      const { metadata, ...rest } = copy.of(props, (key) => !outputs.has(key));
      const manifest = manifestOf(rest, mapOf(metadata));
      if (!manifest) {
        return [];
      }
      if (copy.lacksParts) {
        uncertain.add(urn);
      }
      return [{ manifest, locate: () => ({ file: urn }), ...(provider ? { environment: provider.urn } : {}) }];
    });
  return { objects, uncertain };
}

/** Copies what is known; looking at what is not throws. */
class KnownCopy {
  lacksParts = false;

  of(map: Readonly<Record<string, unknown>>, isWanted: (key: string) => boolean = () => true): Record<string, unknown> {
    const keys = Object.keys(map).filter(isWanted);
    return Object.fromEntries(keys.flatMap((key) => this.part(map, key)));
  }

  private part(map: Readonly<Record<string, unknown>>, key: string): [string, unknown][] {
    try {
      return [[key, this.value(map[key], key)]];
    } catch {
      this.lacksParts = true;
      return [];
    }
  }

  private value(value: unknown, key: string): unknown {
    if (Array.isArray(value)) {
      return Object.keys(value).flatMap((index) => this.part(value as never, index).map(([, element]) => element));
    }
    if (typeof value === 'object' && value !== null) {
      return this.of(value as Record<string, unknown>, key === 'metadata' ? (name) => declared.has(name) : undefined);
    }
    return value;
  }
}

/** Nothing for a resource that is no object, such as a release. */
function manifestOf(
  object: Readonly<Record<string, unknown>>,
  { annotations, namespace, ...metadata }: Readonly<Record<string, unknown>>,
): Manifest | undefined {
  const [apiVersion, kind, name] = [textOf(object.apiVersion), textOf(object.kind), textOf(metadata.name)];
  const place = textOf(namespace);
  return apiVersion === undefined || kind === undefined || name === undefined
    ? undefined
    : {
        ...object,
        apiVersion,
        kind,
        metadata: {
          ...metadata,
          name,
          ...(place === undefined ? {} : { namespace: place }),
          annotations: mapOf(annotations) as Record<string, string>,
        },
      };
}
