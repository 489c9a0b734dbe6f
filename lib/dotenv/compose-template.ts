/**
 * Docker Compose's `${VAR}` syntax, in `.env` files and in Compose files.
 * Source: https://docs.docker.com/reference/compose-file/interpolation/ and the package `template` of
 * github.com/compose-spec/compose-go, with which the tests compare every answer.
 */

/** What follows the name inside the braces: `${NAME:-argument}`. */
export type TemplateOperator = ':?' | '?' | ':-' | '-' | ':+' | '+';

/** One `$NAME` or `${NAME...}`. */
export interface TemplateVariable {
  readonly name: string;
  /** @default - none: `$NAME` or `${NAME}` */
  readonly operator?: TemplateOperator;
  /** Text after the operator; it may hold variables itself, which are listed after this one. */
  readonly argument: string;
  /** Place of the `$` in the text. */
  readonly index: number;
}

/** A `${` that Docker Compose refuses. */
export class TemplateError extends Error {
  constructor(
    message: string,
    /** Place of the `$` in the text. */
    readonly index: number,
  ) {
    super(message);
    this.name = 'TemplateError';
  }
}

/** Value of a variable; nothing when it is not set. */
export type Lookup = (name: string) => string | undefined;

interface Reference extends TemplateVariable {
  /** Place after the last character. */
  readonly end: number;
}

/** Plain text, or a variable. */
type Piece = string | Reference;

// Go's (?i) folds U+017F to s and U+212A to k, as the flags "iu" do here.
const namePattern = /[_a-z][_a-z0-9]*/iuy;
const bracedPattern = /\$\{([_a-z][_a-z0-9]*)(?:(:?[-+?])[^\n]*)?\}/iuy;

/**
 * Every variable of a text in the order of the text, those inside defaults included.
 * @throws TemplateError for a `${` that is not a variable
 */
export function templateVariables(text: string): TemplateVariable[] {
  return variablesFrom(text, 0);
}

function variablesFrom(text: string, offset: number): TemplateVariable[] {
  return templatePieces(text).flatMap((piece): TemplateVariable[] => {
    if (typeof piece === 'string') {
      return [];
    }
    const { name, operator, argument, index, end } = piece;
    const argumentAt = offset + end - 1 - argument.length;
    return [
      { name, argument, index: offset + index, ...(operator === undefined ? {} : { operator }) },
      ...(operator === undefined ? [] : variablesFrom(argument, argumentAt)),
    ];
  });
}

/**
 * The text with its variables replaced; a variable that is not set becomes an empty text, as in Docker Compose.
 * @throws TemplateError for a `${` that is not a variable, and for a required variable without a value
 */
export function substituteTemplate(text: string, lookup: Lookup): string {
  return templatePieces(text)
    .map((piece) => (typeof piece === 'string' ? piece : valueOf(piece, lookup)))
    .join('');
}

function valueOf({ name, operator, argument, index }: Reference, lookup: Lookup): string {
  const value = lookup(name);
  const present = value !== undefined && (operator?.startsWith(':') !== true || value !== '');
  switch (operator?.at(-1)) {
    case '?':
      if (!present) {
        throw new TemplateError(`the required variable ${name} has no value`, index);
      }
      return value;
    case '-':
      return present ? value : substituteTemplate(argument, lookup);
    case '+':
      return present ? substituteTemplate(argument, lookup) : (value ?? '');
    default:
      return value ?? '';
  }
}

/**
 * Splits a text into plain text and references. `$$` stands for `$`; a `$` before anything else is plain.
 * @throws TemplateError for a `${` that is not a variable
 */
export function templatePieces(text: string): Piece[] {
  const result: Piece[] = [];
  for (let position = 0; position < text.length;) {
    const dollar = text.indexOf('$', position);
    result.push(text.slice(position, dollar === -1 ? text.length : dollar));
    if (dollar === -1) {
      break;
    }
    const piece = pieceAt(text, dollar);
    result.push(piece.piece);
    position = piece.end;
  }
  return result;
}

function pieceAt(text: string, dollar: number): { piece: Piece; end: number } {
  const next = text[dollar + 1];
  if (next === '$') {
    return { piece: '$', end: dollar + 2 };
  }
  if (next === '{') {
    const reference = bracedAt(text, dollar);
    return { piece: reference, end: reference.end };
  }
  namePattern.lastIndex = dollar + 1;
  const name = namePattern.exec(text)?.[0] ?? '';
  const end = dollar + 1 + name.length;
  return { piece: name === '' ? '$' : { name, argument: '', index: dollar, end }, end };
}

function bracedAt(text: string, dollar: number): Reference {
  bracedPattern.lastIndex = dollar;
  const match = bracedPattern.exec(text);
  if (match === null) {
    throw new TemplateError('"${" does not begin a variable that Docker Compose accepts', dollar);
  }
  const [longest, name = '', operator = ''] = match;
  // The pattern reaches to the last brace of the line; the variable may end before it.
  const length = closingBrace(longest) ?? longest.length - 1;
  return {
    name,
    argument: longest.slice(2 + name.length + operator.length, length),
    index: dollar,
    end: dollar + length + 1,
    ...(operator === '' ? {} : { operator: operator as TemplateOperator }),
  };
}

/** Braces nest whether or not a `$` is before them. */
function closingBrace(text: string): number | undefined {
  let open = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '}') {
      open--;
      if (open === 0) {
        return index;
      }
    } else if (text[index] === '{') {
      open++;
      // Docker Compose does not look at the character after an opening brace.
      index++;
    }
  }
  return undefined;
}
