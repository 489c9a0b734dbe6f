import { isSecretName } from '../values/secret-name';
import type { LiteralSecret, VariableUse } from './compose-uses';

/** One thing that is wrong with a Compose file; never a value. */
export interface ComposeFinding {
  readonly rule:
    | 'syntax'
    | 'template'
    | 'missing-file'
    | 'missing-service'
    | 'circular'
    | 'undeclared'
    | 'never-set'
    | 'secret-default'
    | 'secret-not-required'
    | 'literal-secret'
    | 'inconsistent'
    | 'different-defaults';
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly fix: string;
}

/** What the catalog, the example file and the `.env` file say about a variable. */
export interface KnownVariable {
  readonly secret: boolean;
  /** Whether `nivesh-secrets env` makes its value; otherwise its issuer does, or it is plain configuration. */
  readonly generated: boolean;
  readonly declared: 'catalog' | 'example' | 'no';
  /** In the `.env` file as it is, or where there is none, as `nivesh-secrets env` will write it. */
  readonly value: 'set' | 'empty' | 'none';
}

/** Looks a variable up. @param file Compose file that uses it, which may set it for itself @default - no file in particular */
export type Knowledge = (name: string, file?: string) => KnownVariable;

/** Checks the uses of variables against what is known about them. */
export function checkUses(uses: readonly VariableUse[], known: Knowledge, environment: string): ComposeFinding[] {
  return uses.flatMap((use) => {
    const variable = known(use.name, use.file);
    return [
      ...checkDeclared(use, variable, environment),
      ...checkSecretUse(use, variable),
      ...checkConsistency(
        use,
        uses.filter(({ name }) => name === use.name),
      ),
    ];
  });
}

function finding(use: VariableUse, rule: ComposeFinding['rule'], message: string, fix: string): ComposeFinding {
  return { rule, file: use.file, line: use.line, message: `${use.name} in ${use.path}: ${message}`, fix };
}

/** Variables of the shell and of Docker Compose itself. */
export const ambientVariable =
  /^(?:HOME|PWD|USER|UID|GID|PATH|SHELL|HOSTNAME|TMPDIR|TZ|CI|COMPOSE_\w+|DOCKER_\w+|BUILDKIT_\w+)$/;

function checkDeclared(
  use: VariableUse,
  { secret, declared, value }: KnownVariable,
  environment: string,
): ComposeFinding[] {
  const optional = use.kind === 'defaulted' || use.kind === 'replaced';
  if (declared === 'no' || (secret && declared === 'example')) {
    return ambientVariable.test(use.name) || (optional && !secret)
      ? []
      : [
          finding(
            use,
            'undeclared',
            declared === 'no'
              ? 'neither the catalog nor the example file declares it'
              : 'it is named like a secret, and the catalog does not declare it',
            secret
              ? `declare it for the .env file in environment "${environment}"`
              : 'add it to the example file, or give it a default: ${NAME:-default}',
          ),
        ];
  }
  const missing = value === 'none' || (value === 'empty' && use.emptyIsUnset);
  return optional || !missing
    ? []
    : [
        finding(
          use,
          'never-set',
          value === 'none' ? 'the .env file does not set it' : 'the .env file sets it to an empty text',
          `run "nivesh-secrets env --environment ${environment}"`,
        ),
      ];
}

function checkSecretUse(use: VariableUse, { secret, generated }: KnownVariable): ComposeFinding[] {
  if (!secret) {
    // Whatever the variable is called, its default becomes the password.
    return isSecretName(lastOf(use.path)) && plainDefault(use) !== ''
      ? [
          finding(
            use,
            'secret-default',
            'a secret has a default, which everybody knows',
            `declare ${use.name} in the catalog, and write \${${use.name}:?run nivesh-secrets env}`,
          ),
        ]
      : [];
  }
  const required = `write \${${use.name}:?run nivesh-secrets env}`;
  if (use.kind === 'defaulted') {
    const text = plainDefault(use);
    const onlyVariables = text === '' && use.defaultText !== '';
    if (text !== '') {
      return [finding(use, 'secret-default', 'a secret has a default, which everybody knows', required)];
    }
    // An empty default switches a feature off where only its issuer makes the value; else it removes the password.
    return onlyVariables || !generated
      ? []
      : [finding(use, 'secret-default', 'without a value it starts with an empty password', required)];
  }
  const silent = use.kind === 'bare' || (use.kind === 'required' && !use.emptyIsUnset);
  return silent && generated
    ? [
        finding(
          use,
          'secret-not-required',
          use.kind === 'bare'
            ? 'without a value it starts with an empty password'
            : '"?" accepts an empty value, ":?" does not',
          required,
        ),
      ]
    : [];
}

/** What a default has besides variables. */
function plainDefault({ defaultText = '' }: VariableUse): string {
  return defaultText.replace(/\$\{[^{}]*\}|\$\w+/g, '');
}

function checkConsistency(use: VariableUse, all: readonly VariableUse[]): ComposeFinding[] {
  if (use.kind !== 'defaulted') {
    return [];
  }
  const required = all.find(({ kind }) => kind === 'required');
  if (required !== undefined) {
    return [
      finding(
        use,
        'inconsistent',
        `it has a default here and is required in ${required.file}:${required.line}`,
        'use the same form in both places',
      ),
    ];
  }
  const other = all.find(({ kind, defaultText }) => kind === 'defaulted' && defaultText !== use.defaultText);
  return other !== undefined && all.indexOf(other) < all.indexOf(use)
    ? [
        finding(
          use,
          'different-defaults',
          `it has another default in ${other.file}:${other.line}`,
          'use one default, or set the variable in the example file',
        ),
      ]
    : [];
}

const literalMessages: Readonly<Record<LiteralSecret['where'], string>> = {
  value: 'a secret stands here as it is',
  url: 'a URL has its password in it',
  option: 'a command line has a password in it, which every process list shows',
};

/** Findings for secrets that stand in a file as they are. */
export function literalFindings(literals: readonly LiteralSecret[]): ComposeFinding[] {
  return literals.map(({ file, line, path, where }) => ({
    rule: 'literal-secret',
    file,
    line,
    message: `${path}: ${literalMessages[where]}`,
    fix: `write \${${where === 'value' ? lastOf(path) : 'NAME'}:?run nivesh-secrets env}, declare it in the catalog, and rotate what stood here`,
  }));
}

function lastOf(path: string): string {
  return path.split('.').at(-1) ?? '';
}

/** Variables of images that are read when a volume is empty, and never again. */
const firstBootTargets: ReadonlySet<string> = new Set([
  'POSTGRES_PASSWORD',
  'MYSQL_ROOT_PASSWORD',
  'MYSQL_PASSWORD',
  'MONGO_INITDB_ROOT_PASSWORD',
  'NEO4J_AUTH',
  'GF_SECURITY_ADMIN_PASSWORD',
  '_AIRFLOW_WWW_USER_PASSWORD',
]);

/**
 * Uses where a new value in `.env` changes nothing in a database that has data
 * (https://hub.docker.com/_/postgres: "only have an effect if you start the container with a data directory that is empty").
 */
export function firstBootUses(uses: readonly VariableUse[]): VariableUse[] {
  return uses.filter(({ path }) => firstBootTargets.has(lastOf(path)));
}
