/** Text that is HTML already. */
export interface Markup {
  readonly text: string;
}

/** Marks text as HTML: for what this library wrote itself. */
export function raw(text: string): Markup {
  return { text };
}

/** Text for content and quoted attributes (https://html.spec.whatwg.org/multipage/parsing.html). */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** HTML in which every inserted text is escaped, and every inserted piece of HTML is not. */
export function markup(
  literals: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  return raw(literals.reduce((before, literal, index) => `${before}${textOf(values[index - 1] ?? '')}${literal}`));
}

function textOf(value: string | Markup | readonly Markup[]): string {
  if (typeof value === 'string') {
    return escapeHtml(value);
  }
  return 'text' in value ? value.text : value.map(({ text }) => text).join('');
}
