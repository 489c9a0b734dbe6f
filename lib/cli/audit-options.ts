import { findLogFiles, type FoundLogs } from '../audit/log-files';
import type { LogQuestion } from '../audit/vault-log';
import type { TimeWindow } from '../audit/window';
import { type Environment, secretsOfCatalog, usesExternalSecrets } from '../catalog';
import { byteProgress } from './progress';
import { environmentError, usageError } from './errors';
import { findProject, loadEnvironments, selectEnvironment } from './project';

/** Options of the queries. */
export interface AuditFlags {
  readonly since: number;
  readonly until?: number;
  readonly log?: readonly string[];
  readonly kubernetesLog?: readonly string[];
  readonly environment?: string;
  readonly mount?: string;
  readonly device?: readonly string[];
  readonly thorough?: boolean;
  readonly json?: boolean;
}

/** What every query starts from. */
export interface AuditQuery {
  readonly window: TimeWindow;
  readonly thorough: boolean;
  readonly vault?: FoundLogs;
  readonly kubernetes?: FoundLogs;
  readonly onBytes: (bytes: number) => void;
  readonly end: () => void;
}

/**
 * Finds the files and the window.
 * @throws CliError where nothing can be read, before anything is
 */
export async function openQuery(flags: AuditFlags): Promise<AuditQuery> {
  const window = { since: flags.since, until: flags.until ?? Date.now() };
  if (window.since >= window.until) {
    const { since, until } = asTexts(window);
    throw usageError(`the window ends before it begins: ${since} to ${until}`, 'correct --since or --until');
  }
  if (!flags.log && !flags.kubernetesLog) {
    throw usageError('no log was given', "add --log '/vault/audit/audit.log*'");
  }
  const vault = flags.log && (await logsOf('--log', flags.log));
  const kubernetes = flags.kubernetesLog && (await logsOf('--kubernetes-log', flags.kubernetesLog));
  const files = [...(vault?.files ?? []), ...(kubernetes?.files ?? [])];
  const progress = byteProgress(
    'audit log',
    files.reduce((total, { bytes }) => total + bytes, 0),
  );
  return {
    ...{ window, thorough: flags.thorough ?? false, onBytes: progress.add, end: progress.end },
    ...(vault ? { vault } : {}),
    ...(kubernetes ? { kubernetes } : {}),
  };
}

/** Asks Vault's audit log alone. */
export async function askVaultLog<R>(flags: AuditFlags, ask: (question: LogQuestion) => Promise<R>): Promise<R> {
  const query = await openQuery(flags);
  const answer = await ask({ ...query, logs: query.vault ?? (await logsOf('--log')) });
  query.end();
  return answer;
}

/** The files that an option names. */
export async function logsOf(option: string, given: readonly string[] = []): Promise<FoundLogs> {
  const logs = await findLogFiles(given);
  if (given.length === 0) {
    throw usageError('no log was given', `add ${option} '/vault/audit/audit.log*'`);
  }
  if (logs.missing.length > 0) {
    throw usageError(`${option} names what does not exist: ${logs.missing.join(', ')}`, `correct ${option}`);
  }
  if (logs.files.length === 0) {
    const reasons = logs.refused.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
    throw environmentError(`no log can be read: ${reasons}`, logs.refused[0]?.fix);
  }
  return logs;
}

/** The environment that was named. */
export function environmentOf({ environment }: AuditFlags): Environment | undefined {
  return environment === undefined ? undefined : selectEnvironment(loadEnvironments(findProject()), environment);
}

/** Mount of the secrets engine: as given, as declared, or the default. */
export function mountOf({ mount }: AuditFlags, environment: Environment | undefined): string {
  return (
    mount?.replace(/^\/+|\/+$/g, '') ??
    (environment && usesExternalSecrets(environment) ? environment.delivery.vault.mount : 'secret')
  );
}

/**
 * A path, or a path and a field. A declared one is known by the catalog; otherwise the last dot divides.
 * @throws CliError for a secret or a field that the catalog does not have
 */
export function splitSecret(secret: string, environment: Environment | undefined): { path: string; field?: string } {
  const [, path = secret, field] = /^(.+)\.([^./]+)$/.exec(secret) ?? [];
  if (!environment) {
    return field === undefined ? { path } : { path, field };
  }
  const declared = secretsOfCatalog(environment.catalog);
  if (declared.some((candidate) => candidate.path === secret)) {
    return { path: secret };
  }
  const found = declared.find((candidate) => candidate.path === path);
  if (found && field !== undefined && found.fields.has(field)) {
    return { path, field };
  }
  const allowed = found
    ? [...found.fields.keys()].map((name) => `${path}.${name}`)
    : declared.map((candidate) => candidate.path);
  throw usageError(
    `the catalog of ${environment.name} has no ${found ? 'field' : 'secret'} "${secret}", allowed: ${allowed.join(', ')}`,
    'correct it, or leave --environment out to ask about a path that is not declared',
  );
}

/** A window as JSON has it. */
export function asTexts({ since, until }: TimeWindow): { since: string; until: string } {
  return { since: new Date(since).toISOString(), until: new Date(until).toISOString() };
}
