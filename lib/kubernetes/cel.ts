const marker = '\u0000';

/**
 * A text, or a part of one, that is computed by an expression of the Common Expression Language, in a value for
 * {@link celLiteral} (https://kubernetes.io/docs/reference/using-api/cel/).
 */
export function celComputed(expression: string): string {
  return `${marker}${expression}${marker}`;
}

/** A value of JSON as CEL; what is {@link celComputed} in its texts becomes its expression. */
export function celLiteral(value: unknown): string {
  if (typeof value === 'string') {
    return celText(value);
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

function celText(text: string): string {
  const terms = text
    .split(marker)
    .map((part, index) => (index % 2 === 1 ? part : part && JSON.stringify(part)))
    .filter((term) => term !== '');
  return terms.length === 0 ? '""' : terms.join(' + ');
}
