import { type Catalog, catalogReferences, type ValueSource } from '../catalog';
import { initialKeyring } from '../values/generate';

/** Estimated bits from which an issued value counts as one that nobody guesses. */
const enoughBits = 128;
const fewestDistinctCharacters = 8;

/**
 * Variable to the field in it that guards the workload's guessable values: one that no other workload reads. A workload
 * that shares all of its fields has to take shared ones. Where one field is in several variables, a composed one takes
 * another of its fields, so that a change of one field does not take all guards away.
 */
export function guardFields(catalog: Catalog, workload: string): Map<string, string> {
  const all = catalogReferences(catalog);
  const mine = all.filter(
    (entry) => entry.workload === workload && entry.reference.declaration.source.type !== 'username',
  );
  const shared = new Set(all.filter((entry) => entry.workload !== workload).map(({ reference }) => reference.id));
  const own = mine.filter(({ reference }) => !shared.has(reference.id));
  const candidates = own.length > 0 ? own : mine;
  const guards = new Map<string, string>();
  for (const { variable, reference } of candidates.filter(({ derived }) => !derived)) {
    guards.set(variable, reference.id);
  }
  for (const { variable, reference } of candidates.filter(({ derived }) => derived)) {
    if (!guards.has(variable) && ![...guards.values()].includes(reference.id)) {
      guards.set(variable, reference.id);
    }
  }
  return guards;
}

/** Whether a value has the shape of its generator; what a person typed in its place has not. */
export function looksRandom(source: ValueSource, value: string): boolean {
  switch (source.type) {
    case 'randomHex':
      return isShaped(value, /^[0-9a-f]+$/, 2 * source.bytes);
    case 'randomBase64':
      // In the middle of a rotation, several Fernet keys.
      return value
        .split(',')
        .every((part) => isShaped(part, /^[A-Za-z0-9_-]+={0,2}$/, 4 * Math.ceil(source.bytes / 3)));
    case 'password':
      return isShaped(value, /^[A-Za-z0-9_-]+$/, source.length);
    case 'issued':
      return estimatedBits(value) >= enoughBits;
    case 'keyring':
      // Before the first rotation there is no key in it.
      return value !== initialKeyring && estimatedBits(value) >= enoughBits;
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
