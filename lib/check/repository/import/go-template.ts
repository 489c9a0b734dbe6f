/** A piece of a template: text as it is, or a key of its data. */
export type TemplatePart = { readonly text: string } | { readonly key: string };

/** What is done to a value on its way into a URL, or changes nothing. */
const harmless: ReadonlySet<string> = new Set(['urlquery', 'replace "+" "%20"', 'toString', 'trim']);

/**
 * Reads a template of External Secrets Operator (https://external-secrets.io/latest/guides/templating/) that only puts
 * values into text.
 * @returns nothing for what computes more than that
 */
export function readTemplate(text: string): TemplatePart[] | undefined {
  const parts: TemplatePart[] = [];
  let position = 0;
  while (position < text.length) {
    const start = text.indexOf('{{', position);
    const end = text.indexOf('}}', start);
    if (start === -1 || end === -1) {
      break;
    }
    const part = readAction(text.slice(start + 2, end));
    if (part === undefined) {
      return undefined;
    }
    parts.push({ text: text.slice(position, start) }, part);
    position = end + 2;
  }
  return joinTexts([...parts, { text: text.slice(position) }]);
}

function readAction(action: string): TemplatePart | undefined {
  const [first = '', ...filters] = action
    .replace(/^-|-$/g, '')
    .split('|')
    .map((part) => part.trim());
  const quotedBrace = /^"(\{+)"$/.exec(first)?.[1];
  if (quotedBrace !== undefined) {
    return { text: quotedBrace };
  }
  const key = (/^\.([A-Za-z_]\w*)$/.exec(first) ?? /^\(?(?:index|get) \. "([^"]+)"\)?$/.exec(first))?.[1];
  return key !== undefined && filters.every((filter) => harmless.has(filter)) ? { key } : undefined;
}

function joinTexts(parts: readonly TemplatePart[]): TemplatePart[] {
  const joined: TemplatePart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if ('text' in part && last && 'text' in last) {
      joined[joined.length - 1] = { text: last.text + part.text };
    } else if (!('text' in part) || part.text !== '') {
      joined.push(part);
    }
  }
  return joined;
}
