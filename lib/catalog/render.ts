import type { ValuePart } from './derived-value';

/** How one delivery writes the parts of a value. */
export interface PartWriter {
  readonly literal: (text: string) => string;
  readonly field: (part: Extract<ValuePart, { type: 'field' }>) => string;
}

/** Addresses of servers that differ between environments: `{ postgres: 'localhost' }` or `{ postgres: 'localhost:15432' }`. */
export type HostMap = Readonly<Record<string, string>>;

/** Writes the parts of a derived value one after the other. */
export function renderParts(parts: readonly ValuePart[], hosts: HostMap, writer: PartWriter): string {
  return parts
    .map((part) => {
      switch (part.type) {
        case 'literal':
          return writer.literal(part.text);
        case 'host':
          return writer.literal(hostAddress(part, hosts));
        case 'field':
          return writer.field(part);
      }
    })
    .join('');
}

function hostAddress(part: Extract<ValuePart, { type: 'host' }>, hosts: HostMap): string {
  const address = hosts[part.name] ?? part.name;
  return /:\d+$/.test(address) ? address : `${address}:${part.port}`;
}

/**
 * Percent-encoding of everything outside RFC 3986's unreserved set, so that a value is safe in every part of a URL.
 * It equals Go's `urlquery` with spaces as `%20`, which is what the operator's template writes.
 */
export function percentEncode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
