import { type EnvironmentValue, FieldReference, type HostMap, renderParts } from '../catalog';

/**
 * Writes an environment variable as a Go template (https://pkg.go.dev/text/template) for the operator's engine v2.
 * @param keyOf key of a field in the template's data, a Go identifier
 * @returns for example `postgresql://{{ .pg__user }}@postgres:5432/app`; a field that is missing fails the template
 */
export function goTemplate(
  value: EnvironmentValue,
  hosts: HostMap,
  keyOf: (reference: FieldReference) => string,
): string {
  if (value instanceof FieldReference) {
    return action(`.${keyOf(value)}`);
  }
  return renderParts(value.parts, hosts, {
    literal: goLiteral,
    field: ({ reference, encoding }) => {
      const field = `.${keyOf(reference)}`;
      return action(encoding === 'url' ? `${field} | ${percentEncoding}` : field);
    },
  });
}

/**
 * Equal to `percentEncode`: `urlquery` is Go's url.QueryEscape, which keeps exactly the unreserved characters of
 * RFC 3986, writes a space as `+`, and a plus sign as `%2B`, so that every `+` of its result is a space.
 */
const percentEncoding = 'urlquery | replace "+" "%20"';

/** Text as it is. Every brace is quoted, since one may meet another one, or an action, and begin an action of its own. */
export function goLiteral(text: string): string {
  return text.replaceAll('{', action('"{"'));
}

function action(pipeline: string): string {
  return `{{ ${pipeline} }}`;
}
