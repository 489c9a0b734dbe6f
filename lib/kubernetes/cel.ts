/**
 * An expression of the Common Expression Language, as admission policies evaluate it
 * (https://kubernetes.io/docs/reference/using-api/cel/).
 */
export type CelExpression = string & { readonly cel: unique symbol };

const marker = '\u0000';

/** A stand-in for a text, in a value given to {@link celLiteral}, that is computed by an expression. */
export function celComputed(expression: string): CelExpression {
  return `${marker}${expression}` as CelExpression;
}

/** A value of JSON as CEL; the texts in it that are {@link celComputed} become their expressions. */
export function celLiteral(value: unknown): string {
  if (typeof value === 'string') {
    return value.startsWith(marker) ? value.slice(marker.length) : JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(celLiteral).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    // The API server takes maps of one type only, unless a value says that it may be of any.
    const entries = Object.entries(value).map(([key, below]) => `${JSON.stringify(key)}: dyn(${celLiteral(below)})`);
    return `{${entries.join(', ')}}`;
  }
  return JSON.stringify(value);
}
