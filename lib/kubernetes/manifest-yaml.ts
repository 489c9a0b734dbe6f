import { Yaml } from 'cdk8s';

/**
 * The very text that `Yaml.stringify` of cdk8s makes, in a tenth of the time. That one builds a syntax tree for each
 * object, which took half the time of synthesis. Here only the layout of maps, lists and plain texts is written out; how any
 * other text is quoted is asked of it, and an object with something else in it is left to it as a whole.
 */
export function manifestYaml(manifest: object): string {
  try {
    return `${block(manifest, '', new Set())}\n`;
  } catch (error) {
    if (error instanceof Unusual) {
      return Yaml.stringify(manifest);
    }
    throw error;
  }
}

/** Something that is rare in manifests, such as a text of several lines. */
class Unusual extends Error {}

type Collection = readonly unknown[] | Readonly<Record<string, unknown>>;

/** @param seen a collection that is met a second time would become an alias */
function block(value: unknown, indent: string, seen: Set<unknown>): string {
  if (!isFilled(value)) {
    return scalar(value);
  }
  if (seen.has(value)) {
    throw new Unusual();
  }
  seen.add(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return value.map((item) => `- ${block(item, inner, seen)}`).join(`\n${indent}`);
  }
  return Object.entries(value)
    .map(([key, child]) => `${keyText(key)}:${isFilled(child) ? `\n${inner}` : ' '}${block(child, inner, seen)}`)
    .join(`\n${indent}`);
}

function isFilled(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') {
    return simpleText(value) ?? known(values, value, () => Yaml.stringify({ k: value }).slice('k: '.length, -1));
  }
  if (typeof value === 'boolean' || value === null || (Number.isInteger(value) && !Object.is(value, -0))) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return '[]';
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return '{}';
  }
  throw new Unusual();
}

function keyText(key: string): string {
  return simpleText(key) ?? known(keys, key, () => Yaml.stringify({ [key]: 0 }).slice(0, -': 0\n'.length));
}

const values = new Map<string, string>();
const keys = new Map<string, string>();

function known(texts: Map<string, string>, text: string, ask: () => string): string {
  let written = texts.get(text);
  if (written === undefined) {
    written = ask();
    texts.set(text, written);
  }
  return written;
}

/** Of six characters or more, and so no word that YAML 1.1 reads as something else, such as `yes` or `null`. */
const plain = /^[A-Za-z][ -~]{4,}[!-,.-9;-~]$/;
const action = /^\{[ !#-&(-[\]-~]*$/;

/**
 * Texts of which the form is certain: plain ones that begin with a letter, and templates without a quote or a backslash.
 * @throws Unusual for a text whose form depends on where it stands
 */
function simpleText(text: string): string | undefined {
  if (text.length > 1000 || text.includes('\n') || text.startsWith('---') || text.startsWith('...')) {
    throw new Unusual();
  }
  if (plain.test(text) && !text.includes(': ') && !text.includes(' #')) {
    return text;
  }
  return action.test(text) ? `"${text}"` : undefined;
}
