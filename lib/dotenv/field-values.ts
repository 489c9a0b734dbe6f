import {
  type EnvironmentValue,
  FieldReference,
  type HostMap,
  percentEncode,
  renderParts,
  type ValuePart,
} from '../catalog';
import { SecretValue } from '../values/secret-value';

/** A value taken apart again. */
export interface MatchedValue {
  /** Field id to value, decoded. */
  readonly fields: ReadonlyMap<string, SecretValue>;
  /** Addresses that stand where the catalog has a host, in order. */
  readonly hosts: readonly string[];
}

function partsOf(value: EnvironmentValue): readonly ValuePart[] {
  return value instanceof FieldReference ? [{ type: 'field', reference: value, encoding: 'none' }] : value.parts;
}

/**
 * Takes a delivered value apart into the fields that it is composed of. Addresses of hosts may differ from the
 * catalog's; everything else must be as declared.
 * @returns nothing when the value has another shape
 */
export function matchValue(value: EnvironmentValue, text: string): MatchedValue | undefined {
  const parts = partsOf(value);
  const captured = new RegExp(`^${parts.map(patternOf).join('')}$`, 's').exec(text)?.slice(1);
  if (captured === undefined) {
    return undefined;
  }
  const fields = new Map<string, SecretValue>();
  const hosts: string[] = [];
  for (const part of parts.filter(({ type }) => type !== 'literal')) {
    const found = captured.shift() ?? '';
    if (part.type === 'host') {
      hosts.push(found);
    } else if (part.type === 'field') {
      const decoded = part.encoding === 'url' ? percentDecode(found) : found;
      const before = fields.get(part.reference.id)?.reveal();
      if (decoded === undefined || (before !== undefined && before !== decoded)) {
        return undefined;
      }
      fields.set(part.reference.id, new SecretValue(decoded));
    }
  }
  return { fields, hosts };
}

function patternOf(part: ValuePart, index: number, parts: readonly ValuePart[]): string {
  switch (part.type) {
    case 'literal':
      return part.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    case 'host':
      return '([^/?#@\\s]+)';
    case 'field': {
      const next = parts[index + 1];
      const end = next?.type === 'literal' ? next.text.slice(0, 1).replace(/[\\^\]-]/, '\\$&') : '';
      if (part.encoding === 'url') {
        return `([^:/?#@\\s${end}]*)`;
      }
      return end === '' ? '(.*)' : `([^${end}]*)`;
    }
  }
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Composes a value of its fields.
 * @param fieldValue the value of a field, or nothing where there is none yet
 * @param found addresses to keep, from {@link matchValue} @default - those of the environment
 * @returns nothing while a field has no value
 */
export function composeValue(
  value: EnvironmentValue,
  hosts: HostMap,
  fieldValue: (reference: FieldReference) => SecretValue | undefined,
  found: readonly string[] = [],
): SecretValue | undefined {
  const missing: FieldReference[] = [];
  const kept = [...found];
  const parts = partsOf(value).map((part): ValuePart => {
    const text = part.type === 'host' ? kept.shift() : undefined;
    return text === undefined ? part : { type: 'literal', text };
  });
  const text = renderParts(parts, hosts, {
    literal: (literal) => literal,
    field: ({ reference, encoding }) => {
      const field = fieldValue(reference);
      if (field === undefined) {
        missing.push(reference);
      }
      const revealed = field?.reveal() ?? '';
      return encoding === 'url' ? percentEncode(revealed) : revealed;
    },
  });
  return missing.length === 0 ? new SecretValue(text) : undefined;
}

/** What a value looks like, for messages: `postgresql://<nivesh/postgres.username>:...@<postgres>/db`. */
export function describeShape(value: EnvironmentValue): string {
  return renderParts(
    partsOf(value).map((part) => (part.type === 'host' ? { type: 'literal', text: `<${part.name}>` } : part)),
    {},
    { literal: (text) => text, field: ({ reference }) => `<${reference.id}>` },
  );
}
