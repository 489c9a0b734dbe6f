import fc from 'fast-check';

/** Generated values of a form, each character by chance: fast-check otherwise prefers words that trouble programs. */
export function valuesOf(form: RegExp, count: number): string[] {
  return fc.sample(fc.noBias(fc.stringMatching(form)), count);
}

/** One of them. */
export function valueOf(form: RegExp): string {
  return valuesOf(form, 1).join('');
}
