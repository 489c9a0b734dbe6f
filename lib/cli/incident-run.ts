import { firstSeen, historyTimeline, type Incident, incidentCase, type TimelineEntry } from '../audit/incident';
import { whoRead } from '../audit/who-read';
import type { Environment, ExternalSecretsDelivery, FieldReference } from '../catalog';
import type { JournalRecord } from '../rotation/journal-state';
import { readJournal } from '../rotation/journal';
import { loadStrategy } from '../rotation/strategies';
import { searchHistory, shortestSearched } from '../scanning/history-search';
import { KvEngine } from '../vault/kv';
import { askVaultLog } from './audit-options';
import { openCasePage, openedAtOf, timeOf, writeCasePage } from './case-page';
import { connectVault } from './connections';
import { usageError } from './errors';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { selectField } from './rotation-services';
import { readSecret } from './secret-input';

/** Options of `nivesh-secrets incident`, as commander gives them. */
export interface IncidentFlags {
  readonly environment: string;
  readonly search?: string;
  readonly repository: string;
  readonly log?: readonly string[];
  readonly since: number;
  readonly file?: string;
  readonly json?: boolean;
}

type VaultEnvironment = Environment<ExternalSecretsDelivery>;

/** Runs `nivesh-secrets incident`. */
export async function runIncident(id: string, flags: IncidentFlags): Promise<void> {
  const environment = selectDelivered(loadEnvironments(findProject()), 'externalSecrets', flags.environment);
  const field = selectField(environment, id);
  const page = await openCasePage(flags.file ?? `incident-${id.replace(/[^\w.-]+/g, '-')}.md`);
  const history = await historyOf(flags);
  const record = await journalOf(environment, field);
  const now = new Date();
  const audit = await auditOf(environment, field, flags);
  const timeline = [...(history ? historyTimeline(history.findings) : []), ...(record ? rotationTimeline(record) : [])];
  const leakedAt = earliest(history && firstSeen(history.findings), timeOf(page, 'leakedAt'));
  const strategy = await loadStrategy(field.declaration.rotation);
  await writeCasePage(
    page,
    incidentCase({
      ...{ environment, field, now, timeline, openedAt: openedAtOf(page, now) },
      ...(leakedAt ? { leakedAt } : {}),
      breaks: strategy.breaks(field.declaration.rotation),
      ...(record ? { rotation: record } : {}),
      ...(history ? { history } : {}),
      ...(audit ? { audit } : {}),
    }),
    flags,
  );
}

function earliest(...times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.flatMap((time) => (time ? [time.getTime()] : []));
  return known.length > 0 ? new Date(Math.min(...known)) : undefined;
}

async function historyOf({ search, repository }: IncidentFlags): Promise<Incident['history']> {
  if (search === undefined) {
    return undefined;
  }
  const value = await readSecret(search === '-' ? undefined : search);
  if (value.reveal().length < shortestSearched) {
    throw usageError(
      `the value is shorter than ${shortestSearched} characters, which would be found everywhere`,
      'give the whole value',
    );
  }
  return { repository, findings: await searchHistory(repository, value) };
}

async function journalOf(environment: VaultEnvironment, field: FieldReference): Promise<JournalRecord | undefined> {
  const vault = await connectVault(environment);
  try {
    return (await readJournal(new KvEngine(vault, environment.delivery.vault.mount), field)).record;
  } finally {
    await vault.close();
  }
}

async function auditOf(
  { delivery }: VaultEnvironment,
  field: FieldReference,
  { log, since }: IncidentFlags,
): Promise<Incident['audit']> {
  if (!log) {
    return undefined;
  }
  const { mount } = delivery.vault;
  const { secret, fieldName } = field;
  const report = await askVaultLog(
    { log, since },
    async (question) => await whoRead({ ...question, mount, path: secret.path, field: fieldName }),
  );
  const names = (groups: typeof report.people): string[] => [...new Set(groups.map(({ identity }) => identity.name))];
  return {
    since: new Date(since),
    people: names(report.people),
    workloads: names(report.workloads),
    refused: report.refused.reduce((sum, { count }) => sum + count, 0),
    gaps: report.gaps.map(({ message }) => message),
  };
}

function rotationTimeline({ id, mode, startedAt, finishedAt, phases }: JournalRecord): TimelineEntry[] {
  const entry = (time: Date | undefined, what: string): TimelineEntry[] =>
    time ? [{ time, source: 'rotation', what }] : [];
  return [
    ...entry(startedAt, `rotation ${id} (${mode}) began`),
    ...phases.flatMap((phase) => entry(phase.finishedAt, `phase ${phase.name} ended`)),
    ...entry(finishedAt, `rotation ${id} ended`),
  ];
}
