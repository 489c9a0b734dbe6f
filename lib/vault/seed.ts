import {
  type Catalog,
  compare,
  fieldId,
  type Problem,
  quoted,
  secretsOfCatalog,
  throwProblems,
  type ValueSource,
  type VaultSecretDeclaration,
} from '../catalog';
import { correctionOf } from '../catalog/nearest';
import { generateValue } from '../values/generate';
import { checkIssuedFormat } from '../values/issued-format';
import type { ExampleRefusal } from '../values/refuse-examples';
import type { SecretValue } from '../values/secret-value';
import { CheckAndSetError, type KvEngine } from './kv';

/** What seeding does with one field. */
export interface SeedStep {
  readonly path: string;
  readonly field: string;
  /**
   * - `exists`: Vault has a value, which stays
   * - `generate`: a fresh value is made
   * - `enter`: an issued value was given
   * - `wait`: only its issuer can make it, and it was not given
   */
  readonly action: 'exists' | 'generate' | 'enter' | 'wait';
  /** Who issues the value. */
  readonly issuedBy?: string;
}

/** Values made outside, by `path.field`. */
export type IssuedValues = ReadonlyMap<string, SecretValue>;

/** See {@link seed}. */
export interface SeedOptions {
  /** @default - none: fields that somebody else issues wait */
  readonly issued?: IssuedValues;
  /**
   * Makes a value for a field that somebody else issues and that was not given.
   * @default - such a field waits
   */
  readonly standIn?: (source: Extract<ValueSource, { type: 'issued' }>) => SecretValue;
  /** A reason to refuse a given value, for example that it looks like an example. @default - none */
  readonly refuse?: ExampleRefusal;
}

/** How often a path is tried again when somebody else writes at the same time. */
const attempts = 10;

/** What {@link seed} would do. Looks at names only. */
export async function planSeed(catalog: Catalog, kv: KvEngine, options: SeedOptions = {}): Promise<SeedStep[]> {
  checkIssued(catalog, options);
  const steps: SeedStep[] = [];
  for (const secret of secretsOfCatalog(catalog)) {
    const { fields } = await kv.state(secret.path);
    steps.push(...stepsOf(secret, new Set(fields), options));
  }
  return steps;
}

/**
 * Writes first values to Vault: a new path with check-and-set 0, missing fields of an existing path with a patch of the
 * version that was looked at. A value that exists is never replaced, so the call can be repeated and run twice at once.
 * Each path changes in one request, so a crash leaves it either untouched or complete.
 * @throws DeclarationError if a given value is not one that the catalog asks for; nothing was written then
 */
export async function seed(catalog: Catalog, kv: KvEngine, options: SeedOptions = {}): Promise<SeedStep[]> {
  checkIssued(catalog, options);
  const secrets = secretsOfCatalog(catalog);
  await refuseDeleted(secrets, kv);
  const steps: SeedStep[] = [];
  for (const secret of secrets) {
    steps.push(...(await seedSecret(secret, kv, options)));
  }
  return steps;
}

async function refuseDeleted(secrets: readonly VaultSecretDeclaration[], kv: KvEngine): Promise<void> {
  const problems: Problem[] = [];
  for (const { path } of secrets) {
    const { deleted, version } = await kv.state(path);
    if (deleted) {
      problems.push({
        path: `${kv.mount}/${path}`,
        what: 'the current version was deleted, so its fields cannot be completed',
        got: `version ${version}, deleted`,
        allowed: 'a path that was never written, or one whose current version can be read',
        fix: `vault kv undelete -mount=${kv.mount} -versions=${version} ${path}, or vault kv metadata delete -mount=${kv.mount} ${path} to start again`,
      });
    }
  }
  throwProblems('seeding', problems);
}

async function seedSecret(secret: VaultSecretDeclaration, kv: KvEngine, options: SeedOptions): Promise<SeedStep[]> {
  for (let attempt = 1; ; attempt++) {
    const { version, fields } = await kv.state(secret.path);
    const steps = stepsOf(secret, new Set(fields), options);
    const data = Object.fromEntries(
      steps.flatMap(({ field }, index): [string, string][] => {
        const value = valueOf(secret, field, steps[index]?.action, options);
        return value ? [[field, value.reveal()]] : [];
      }),
    );
    if (Object.keys(data).length === 0) {
      return steps;
    }
    try {
      await (version === 0 ? kv.create(secret.path, data) : kv.patch(secret.path, version, data));
      return steps;
    } catch (error) {
      if (!(error instanceof CheckAndSetError) || attempt === attempts) {
        throw error;
      }
    }
  }
}

function stepsOf(secret: VaultSecretDeclaration, existing: ReadonlySet<string>, options: SeedOptions): SeedStep[] {
  return [...secret.fields].map(([field, { source }]): SeedStep => {
    const step = { path: secret.path, field };
    if (existing.has(field)) {
      return { ...step, action: 'exists' };
    }
    if (source.type !== 'issued') {
      return { ...step, action: 'generate' };
    }
    const given = options.issued?.has(fieldId(secret, field)) ?? false;
    if (!given && options.standIn) {
      return { ...step, action: 'generate', issuedBy: source.by };
    }
    return { ...step, action: given ? 'enter' : 'wait', issuedBy: source.by };
  });
}

function valueOf(
  secret: VaultSecretDeclaration,
  field: string,
  action: SeedStep['action'] | undefined,
  options: SeedOptions,
): SecretValue | undefined {
  const source = secret.fields.get(field)?.source;
  if (action === 'enter') {
    return options.issued?.get(fieldId(secret, field));
  }
  if (action !== 'generate' || !source) {
    return undefined;
  }
  return source.type === 'issued' ? options.standIn?.(source) : generateValue(source);
}

/** A given value must belong to a declared field that somebody else issues, and look like it. */
function checkIssued(catalog: Catalog, { issued, refuse }: SeedOptions): void {
  const sources = new Map(
    secretsOfCatalog(catalog).flatMap((secret) =>
      [...secret.fields].map(([field, { source }]) => [fieldId(secret, field), source] as const),
    ),
  );
  const enterable = [...sources].filter(([, source]) => source.type === 'issued').map(([id]) => id);
  const problems: Problem[] = [];
  for (const [id, value] of [...(issued ?? [])].sort(([a], [b]) => compare(a, b))) {
    const source = sources.get(id);
    if (source?.type !== 'issued') {
      problems.push({
        path: id,
        what: source ? 'the value is generated, not entered' : 'no such field in the catalog',
        got: quoted(id),
        allowed: enterable.join(', ') || 'no field: none is issued outside',
        fix: source ? 'leave it out: seed makes it' : correctionOf(id, enterable),
      });
      continue;
    }
    const wrong = checkIssuedFormat(source.format, value) ?? refuse?.(value, source);
    if (wrong !== undefined) {
      problems.push({
        path: id,
        what: wrong,
        got: 'a value that is not shown',
        allowed: `what ${source.by} issues, format ${source.format}`,
        fix: 'enter the value as it was issued',
      });
    }
  }
  throwProblems('seeding', problems);
}
