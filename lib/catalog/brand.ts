/**
 * Makes `instanceof` work between two copies of this library in one process: the command line runs compiled code while
 * it loads a project's TypeScript declarations.
 * @param name name of the class, the same in every copy
 */
export function hasBrand(candidate: unknown, name: string): boolean {
  return typeof candidate === 'object' && candidate !== null && brandKey(name) in candidate;
}

/** The property that {@link hasBrand} looks for. */
export function brandKey(name: string): symbol {
  return Symbol.for(`nivesh-secrets.${name}`);
}
