import { isPair, isScalar, isSeq, type Pair, type Scalar, visit, type visitor, type YAMLSeq } from 'yaml';
import { TemplateError, type TemplateVariable, templateVariables } from '../dotenv/compose-template';
import { isSecretName } from '../values/secret-name';
import type { ComposeFinding } from './compose';
import { type ComposeFile, lineOf } from './compose-file';

/**
 * How a variable is used. `required`: without a value nothing starts (`${A:?}`); `defaulted`: `${A:-x}`; `bare`: an empty
 * text without a value (`$A`, `${A}`, or a name without a value under `environment`); `replaced`: `${A:+x}`.
 */
export type UseKind = 'required' | 'defaulted' | 'bare' | 'replaced';

/** One `${NAME}` of a Compose file. */
export interface VariableUse {
  readonly name: string;
  readonly kind: UseKind;
  readonly file: string;
  readonly line: number;
  /** Keys from the top of the file, such as `services.postgres.environment.POSTGRES_PASSWORD`. */
  readonly path: string;
  /** Whether an empty value counts as none (`:?`, `:-`, `:+`). */
  readonly emptyIsUnset: boolean;
  /** Text of the default. Not for reports: it may be a password. */
  readonly defaultText?: string;
}

/** A secret that stands in a Compose file as it is. */
export interface LiteralSecret {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly where: 'value' | 'url' | 'option';
}

/** Everything in one file that the check is about. */
export interface ComposeContents {
  readonly uses: readonly VariableUse[];
  readonly literals: readonly LiteralSecret[];
  readonly findings: readonly ComposeFinding[];
}

/** Lists the variables and the literal secrets of a file. What an anchor holds is listed where it is written. */
export function readContents(file: ComposeFile): ComposeContents {
  const uses: VariableUse[] = [];
  const literals: LiteralSecret[] = [];
  const findings: ComposeFinding[] = [];
  const look: visitor = {
    Scalar: (key, node, ancestors) => {
      if (key === 'key') {
        return;
      }
      const path = pathOf(ancestors);
      uses.push(...namedUses(file, node, path), ...templateUses(file, node, path, findings));
      const where = literalIn(node, path, isSeq(ancestors.at(-1)));
      if (where !== undefined) {
        literals.push({ file: file.path, line: lineOf(file, node), path: describePath(path, node), where });
      }
    },
    Seq: (_, node, ancestors) => {
      const path = pathOf([...ancestors, node]);
      if (commandKeys.has(path.at(-1) ?? '') && hasLiteralOption(joinItems(node))) {
        literals.push({ file: file.path, line: lineOf(file, node), path: path.join('.'), where: 'option' });
      }
    },
  };
  file.documents.forEach((document) => {
    visit(document, look);
  });
  return { uses, literals, findings };
}

function pathOf(ancestors: readonly unknown[]): string[] {
  return ancestors.flatMap((ancestor) => (isPair(ancestor) ? [keyOf(ancestor)] : []));
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.source ?? key.value) : '?';
}

function templateUses(
  file: ComposeFile,
  node: Scalar,
  path: readonly string[],
  findings: ComposeFinding[],
): VariableUse[] {
  if (typeof node.value !== 'string' || !node.value.includes('$')) {
    return [];
  }
  try {
    const variables = templateVariables(node.value);
    const lines = linesOf(file, node, variables);
    return variables.map((variable, index) => ({
      name: variable.name,
      kind: kindOf(variable),
      file: file.path,
      line: lines[index] ?? lineOf(file, node),
      path: describePath(path, node),
      emptyIsUnset: variable.operator?.startsWith(':') ?? false,
      ...(variable.operator?.endsWith('-') ? { defaultText: variable.argument } : {}),
    }));
  } catch (error) {
    if (!(error instanceof TemplateError)) {
      throw error;
    }
    findings.push({
      rule: 'template',
      file: file.path,
      line: lineOf(file, node),
      message: `${describePath(path, node)}: ${error.message}`,
      fix: 'write ${NAME}, ${NAME:?message} or ${NAME:-default}; for a plain "$" write "$$"',
    });
    return [];
  }
}

/** The text in the file may differ from the value (escapes, folded lines): then the line of the value has to do. */
function linesOf(file: ComposeFile, node: Scalar, variables: readonly TemplateVariable[]): number[] {
  const [start, end] = node.range ?? [0, 0];
  const written = file.text.slice(start, end);
  let position = 0;
  return variables.map(({ name }) => {
    const found = [...written.slice(position).matchAll(/\$\{?(\w+)/g)].find(([, other]) => other === name);
    if (found === undefined) {
      return lineOf(file, node);
    }
    position += found.index + 1;
    return file.lines.linePos(start + position - 1).line;
  });
}

function kindOf({ operator }: TemplateVariable): UseKind {
  switch (operator?.at(-1)) {
    case '?':
      return 'required';
    case '-':
      return 'defaulted';
    case '+':
      return 'replaced';
    default:
      return 'bare';
  }
}

/** Variables that are used by name alone: passed through, or the source of a secret or config. */
function namedUses(file: ComposeFile, node: Scalar, path: readonly string[]): VariableUse[] {
  const use = (name: string, kind: UseKind): VariableUse[] => [
    // The source of a secret has no form that refuses an empty text.
    { name, kind, file: file.path, line: lineOf(file, node), path: path.join('.'), emptyIsUnset: kind === 'required' },
  ];
  const [parent, last] = [path.at(-2), path.at(-1) ?? ''];
  if (/^(?:environment|args)$/.test(last) && typeof node.value === 'string' && /^\w+$/.test(node.value)) {
    return use(node.value, path.length === 3 && ['secrets', 'configs'].includes(path[0] ?? '') ? 'required' : 'bare');
  }
  return parent === 'environment' && node.value === null ? use(last, 'bare') : [];
}

function describePath(path: readonly string[], node: Scalar): string {
  const assignment = assignmentIn(node, path);
  return [...path, ...(assignment === undefined ? [] : [assignment.name])].join('.');
}

/** `NAME=value` in a list under `environment` or `args`. */
function assignmentIn(node: Scalar, path: readonly string[]): { name: string; value: string } | undefined {
  const match =
    /^(?:environment|args)$/.test(path.at(-1) ?? '') && typeof node.value === 'string'
      ? /^(\w+)=(.*)$/s.exec(node.value)
      : null;
  return match === null ? undefined : { name: match[1] ?? '', value: match[2] ?? '' };
}

/** Keys whose value is a command line. */
const commandKeys: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

/** Values that switch something on or off, or say where the secret is. */
const harmless =
  /^(?:true|false|yes|no|on|off|none|null|optional|required|trust|md5|scram-sha-256|\/.*|\.{1,2}\/.*|)$/i;

function literalIn(node: Scalar, path: readonly string[], inList: boolean): LiteralSecret['where'] | undefined {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
  if (/[a-z][a-z0-9+.-]*:\/\/[^\s/@]*:[^\s/@${}<]+@/i.test(text)) {
    return 'url';
  }
  const { name, value } = assignmentIn(node, path) ?? { name: path.at(-1) ?? '', value: text };
  // A list under "secrets" holds names of secrets.
  if (
    node.value !== null &&
    name !== 'secrets' &&
    isSecretName(name) &&
    !hasVariable(value) &&
    !harmless.test(value.trim())
  ) {
    return 'value';
  }
  const runs = !inList && commandKeys.has(path.at(-1) ?? '');
  return runs && hasLiteralOption(text) ? 'option' : undefined;
}

/** `$$` is a plain dollar. */
function hasVariable(text: string): boolean {
  return text.replaceAll('$$', '').includes('$');
}

function hasLiteralOption(text: string): boolean {
  return (
    /(?:^|\s)--?(?:requirepass|masterauth|password|passwd|pass|token|secret|api-key)(?:=|\s+)["']?[^\s"'$-]/.test(
      text,
    ) || /\bredis-cli\b.*\s-a\s+["']?[^\s"'$-]/.test(text)
  );
}

function joinItems({ items }: YAMLSeq): string {
  return items.map((item) => (isScalar(item) ? String(item.value) : '')).join(' ');
}
