import { isSecretName } from '../../../values/secret-name';
import { quote } from './typescript';

/** A piece of a composed value: text as it is, or the code of a reference to a field. */
export type ComposedPart = { readonly text: string } | { readonly reference: string };

/** Code for a composed value: its lines, indented from its own beginning, and the functions of the catalog in it. */
export interface ComposedCode {
  readonly lines: readonly string[];
  readonly uses: readonly string[];
}

/** Functions that make a URL of their own, with the schemes and the port that go with them. */
const databases = [
  { use: 'postgresUrl', scheme: 'postgresql', schemes: /^postgres(?:ql)?(?:\+[a-z0-9]+)?$/, port: '5432' },
  { use: 'mongodbUrl', scheme: 'mongodb', schemes: /^mongodb$/, port: '27017' },
] as const;

/**
 * Writes a composed value with the functions of the catalog: `postgresUrl`, `mongodbUrl`, `url`, `joined`.
 * @returns nothing for what they cannot say, and for text that may hold a secret itself
 */
export function composedCode(parts: readonly ComposedPart[]): ComposedCode | undefined {
  const texts = parts.flatMap((part) => ('text' in part ? [part.text] : []));
  const whole = parts.map((part) => ('text' in part ? part.text : 'FIELD')).join('');
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(whole)) {
    return joinedCode(parts);
  }
  return texts.some(mayHoldSecret) ? undefined : (databaseCode(parts) ?? urlCode(parts));
}

/** A password before the host, a parameter that is named like a secret, or a word that nobody would remember. */
function mayHoldSecret(text: string): boolean {
  const parameters = [...text.matchAll(/[?&]([\w-]+)=[^&]/g)].map(([, name = '']) => name);
  const words = text.split(/[^A-Za-z0-9_-]/).filter((word) => word.length >= 16);
  return (
    /:\/\/[^/@]*:[^/@]+@|^:[^/@]+@/.test(text) ||
    parameters.some(isSecretName) ||
    words.some((word) => /\d/.test(word) && /[A-Za-z]/.test(word))
  );
}

function joinedCode(parts: readonly ComposedPart[]): ComposedCode | undefined {
  const references = parts.flatMap((part) => ('reference' in part ? [part.reference] : []));
  const separators = new Set(parts.flatMap((part) => ('text' in part ? [part.text] : [])));
  const [separator = ''] = separators;
  const alternates = parts.every((part, index) => 'reference' in part === (index % 2 === 0)) && parts.length % 2 === 1;
  if (!alternates || separators.size !== 1 || separator.length > 2 || references.length < 2) {
    return undefined;
  }
  const more = separator === ',' ? '' : `, ${quote(separator)}`;
  return { lines: [`joined([${references.join(', ')}]${more})`], uses: ['joined'] };
}

/** `scheme://{user}:{password}@host:port/database?parameters` */
function databaseCode(parts: readonly ComposedPart[]): ComposedCode | undefined {
  const [start, user, colon, password, end, ...rest] = parts;
  if (
    rest.length > 0 ||
    !isText(start) ||
    !isReference(user) ||
    !isText(colon) ||
    !isReference(password) ||
    !isText(end)
  ) {
    return undefined;
  }
  const scheme = start.text.replace(/:\/\/$/, '');
  const database = databases.find(({ schemes }) => schemes.test(scheme));
  const [, host, port, name, query] = /^@([\w.-]+)(?::(\d{1,5}))?\/([\w-]+)(?:\?([\w=&.-]+))?$/.exec(end.text) ?? [];
  if (database === undefined || colon.text !== ':' || host === undefined || name === undefined) {
    return undefined;
  }
  const parameters = [...new URLSearchParams(query)].map(([key, value]) => `${property(key)}: ${quote(value)}`);
  return {
    lines: [
      `${database.use}({`,
      `  user: ${user.reference},`,
      `  password: ${password.reference},`,
      `  host: ${quote(host)},`,
      ...(port === undefined || port === database.port ? [] : [`  port: ${port},`]),
      `  database: ${quote(name)},`,
      ...(parameters.length === 0 ? [] : [`  parameters: { ${parameters.join(', ')} },`]),
      ...(scheme === database.scheme ? [] : [`  scheme: ${quote(scheme)},`]),
      '})',
    ],
    uses: [database.use],
  };
}

function property(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : quote(key);
}

/** Any other URL; a server with a port becomes one that environments may map. */
function urlCode(parts: readonly ComposedPart[]): ComposedCode {
  const written = parts.map((part) => ('reference' in part ? `\${${part.reference}}` : urlText(part.text))).join('');
  return { lines: [`url\`${written}\``], uses: ['url', ...(written.includes('${host(') ? ['host'] : [])] };
}

function urlText(text: string): string {
  const [, before = '', name, port, after = ''] = /^(.*@)([\w.-]+):(\d{1,5})(\/.*|\?.*)?$/s.exec(text) ?? [];
  return name === undefined
    ? templateText(text)
    : `${templateText(before)}\${host(${quote(name)}, ${port ?? ''})}${templateText(after)}`;
}

function templateText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
}

function isText(part: ComposedPart | undefined): part is { readonly text: string } {
  return part !== undefined && 'text' in part;
}

function isReference(part: ComposedPart | undefined): part is { readonly reference: string } {
  return part !== undefined && 'reference' in part;
}
