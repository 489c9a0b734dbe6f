/** A size of a benchmark, which a variable of the environment may make smaller. */
export function sizeOf(variable: string, standard: number): number {
  const given = process.env[variable];
  const size = Number(given ?? standard);
  if (!Number.isInteger(size) || size < 1) {
    throw new Error(`${variable} is no size, got ${String(given)}, allowed: a whole number from 1, fix: leave it out`);
  }
  return size;
}
