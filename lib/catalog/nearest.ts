/**
 * The name that was probably meant: the one with the fewest changed letters, if these are few for its length.
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, changes: editDistance(given, name) }))
    .filter(({ name, changes }) => changes <= Math.max(2, Math.floor(name.length / 4)))
    .sort((a, b) => a.changes - b.changes);
  return best?.name;
}

/** How to mend a name that is not among those that exist. */
export function correctionOf(given: string, names: readonly string[], otherwise = 'correct the name'): string {
  const meant = nearestName(given, names);
  return meant === undefined ? otherwise : `did you mean ${meant}?`;
}

/** Levenshtein distance by Wagner and Fischer's algorithm, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let index = 0; index < from.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const changed = (row[column - 1] ?? 0) + (to[column - 1] === from[index] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
