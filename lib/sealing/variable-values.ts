import {
  type Catalog,
  catalogReferences,
  type EnvironmentValue,
  FieldReference,
  type HostMap,
  percentEncode,
  type Problem,
  quoted,
  referencesOf,
  renderParts,
  type ValueSource,
} from '../catalog';
import { SecretValue } from '../values/secret-value';

/** A value on its way into a sealed file. */
export interface VariableValue {
  readonly value: SecretValue;
  /**
   * - `guessable`: a name, or something that a person may have chosen
   * - `random`: nobody can guess it
   * - `anchor`: random, and known to this workload only if it has such a value: it may hold the key of the fingerprints
   */
  readonly strength: 'guessable' | 'random' | 'anchor';
}

/** Values of fields, by `path.field`. */
export type FieldValues = ReadonlyMap<string, SecretValue>;

/** See {@link variableValues}. */
export interface ComposedVariables {
  /** Variables whose fields were all given. */
  readonly values: ReadonlyMap<string, VariableValue>;
  /** Variables of which some fields were given and others not. */
  readonly problems: readonly Problem[];
}

/** More than one slot, so that the key outlives a change of one value; few, because each takes a tenth of a second. */
const mostAnchors = 4;
/** Estimated bits from which an issued value counts as one that nobody guesses. */
const enoughBits = 128;
const fewestDistinctCharacters = 8;

/**
 * What the variables of a workload hold, composed of fields: URLs are percent-encoded and joined here, so that the
 * sealed value is the final one.
 */
export function variableValues(
  catalog: Catalog,
  workload: string,
  fields: FieldValues,
  hosts: HostMap,
): ComposedVariables {
  const values = new Map<string, SecretValue>();
  const problems: Problem[] = [];
  const env = catalog.workloads[workload]?.env ?? {};
  for (const [variable, value] of Object.entries(env)) {
    const absent = [...new Set(referencesOf(value).map(({ id }) => id))].filter((id) => !fields.has(id));
    if (absent.length === 0) {
      values.set(variable, compose(value, fields, hosts));
    } else if (referencesOf(value).some(({ id }) => fields.has(id))) {
      problems.push({
        path: `workloads.${workload}.env.${variable}`,
        what: 'the variable is composed of several fields, and not all were given',
        got: referencesOf(value)
          .map(({ id }) => id)
          .filter((id) => fields.has(id))
          .map(quoted)
          .join(', '),
        allowed: 'all of its fields, or none',
        fix: `give ${absent.join(' and ')} too`,
      });
    }
  }
  const strengthOf = strengths(catalog, workload, fields);
  return {
    values: new Map([...values].map(([variable, value]) => [variable, { value, strength: strengthOf(variable) }])),
    problems,
  };
}

function compose(value: EnvironmentValue, fields: FieldValues, hosts: HostMap): SecretValue {
  const textOf = (reference: FieldReference): string => fields.get(reference.id)?.reveal() ?? '';
  if (value instanceof FieldReference) {
    return new SecretValue(textOf(value));
  }
  return new SecretValue(
    renderParts(value.parts, hosts, {
      literal: (text) => text,
      field: ({ reference, encoding }) => (encoding === 'url' ? percentEncode(textOf(reference)) : textOf(reference)),
    }),
  );
}

/**
 * A field that no other workload reads goes before a shared one: who knows a shared password should not thereby be able
 * to test guesses about this workload's weaker values.
 */
function strengths(
  catalog: Catalog,
  workload: string,
  fields: FieldValues,
): (variable: string) => VariableValue['strength'] {
  const all = catalogReferences(catalog);
  const own = all.filter((reference) => reference.workload === workload);
  const shared = new Set(all.filter((other) => other.workload !== workload).map(({ reference }) => reference.id));
  const eligible = own.filter(
    ({ reference }) => !shared.has(reference.id) && reference.declaration.source.type !== 'username',
  );
  const random = own.filter(({ reference }) => {
    const value = fields.get(reference.id)?.reveal();
    return value !== undefined && looksRandom(reference.declaration.source, value);
  });
  const anchors = random.filter((reference) => eligible.length === 0 || eligible.includes(reference));
  const anchorNames = [...new Set(anchors.map(({ variable }) => variable))].slice(0, mostAnchors);
  const randomNames = new Set(random.map(({ variable }) => variable));
  return (variable) => (anchorNames.includes(variable) ? 'anchor' : randomNames.has(variable) ? 'random' : 'guessable');
}

/** Whether a value has the shape of its generator; what a person typed in its place has not. */
function looksRandom(source: ValueSource, value: string): boolean {
  switch (source.type) {
    case 'randomHex':
      return isShaped(value, /^[0-9a-f]+$/, 2 * source.bytes);
    case 'randomBase64':
      return isShaped(value, /^[A-Za-z0-9_-]+={0,2}$/, 4 * Math.ceil(source.bytes / 3));
    case 'password':
      return isShaped(value, /^[A-Za-z0-9_-]+$/, source.length);
    case 'issued':
      return estimatedBits(value) >= enoughBits;
    case 'username':
      return false;
  }
}

function isShaped(value: string, alphabet: RegExp, length: number): boolean {
  return value.length === length && alphabet.test(value) && new Set(value).size >= fewestDistinctCharacters;
}

/** Length times the entropy of the value's own characters: an upper bound that repetition lowers. */
function estimatedBits(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const length = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts.values()].reduce((bits, count) => bits - count * Math.log2(count / length), 0);
}
