import type { KubernetesObject } from '../kubernetes/client';

/** One field that is not as it was declared. */
export interface FieldDrift {
  /** `spec.provider.vault.auth.kubernetes.role`, `rules[0].verbs[1]`. */
  readonly field: string;
  /** Nothing where it was not declared. */
  readonly declared?: unknown;
  /** Nothing where it is gone. */
  readonly live?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields of an object that differ from its declaration. In metadata only declared labels and annotations count, since
 * others put theirs there. Everywhere below a declared field nothing may be added: manifests write every default out.
 */
export function objectDrift(declared: KubernetesObject, live: KubernetesObject): FieldDrift[] {
  const { metadata, ...rest } = declared;
  const { labels, annotations } = metadata;
  return [
    ...metadataDrift('metadata.labels', labels, live.metadata.labels),
    ...metadataDrift('metadata.annotations', annotations, live.metadata.annotations),
    ...Object.entries(rest).flatMap(([field, value]) =>
      field === 'apiVersion' || field === 'kind' ? [] : valueDrift(field, value, live[field]),
    ),
  ];
}

function metadataDrift(field: string, declared: Fields | undefined, live: Fields | undefined): FieldDrift[] {
  return Object.entries(declared ?? {}).flatMap(([key, value]) => valueDrift(`${field}.${key}`, value, live?.[key]));
}

/** Where two values differ, as deep as they can be compared. */
export function valueDrift(field: string, declared: unknown, live: unknown): FieldDrift[] {
  if (Array.isArray(declared) && Array.isArray(live)) {
    const longest = Math.max(declared.length, live.length);
    return Array.from({ length: longest }, (_, index) =>
      valueDrift(`${field}[${index}]`, declared[index], live[index]),
    ).flat();
  }
  if (isFields(declared) && isFields(live)) {
    const keys = new Set([...Object.keys(declared), ...Object.keys(live)]);
    return [...keys].flatMap((key) => valueDrift(`${field}.${key}`, declared[key], live[key]));
  }
  return isEmpty(declared) && isEmpty(live) ? [] : declared === live ? [] : [difference(field, declared, live)];
}

function difference(field: string, declared: unknown, live: unknown): FieldDrift {
  return {
    field,
    ...(declared === undefined ? {} : { declared }),
    ...(live === undefined ? {} : { live }),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The API server leaves out what holds nothing, or fills it in. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
