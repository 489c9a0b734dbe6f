import { type Environment, type FieldReference, readersOf, workloadNames } from '../catalog';
import type { HistoryFinding } from '../scanning/history-search';
import { type CaseFile, type CaseStep, markdownTable } from './case-file';

/** Something that happened, for the timeline. */
export interface TimelineEntry {
  readonly time: Date;
  /** `git`, `vault`, `rotation`, `case`. */
  readonly source: string;
  readonly what: string;
}

/** The rotation of a leaked value. */
export interface LeakRotation {
  readonly mode: string;
  readonly startedAt: Date;
  readonly finishedAt?: Date | undefined;
}

/** Everything that is known about a value that leaked. */
export interface Incident {
  readonly environment: Environment;
  readonly field: FieldReference;
  /** What stops working when the value is revoked without an overlap, one sentence each. */
  readonly breaks: readonly string[];
  readonly openedAt: Date;
  readonly now: Date;
  /** When it leaked: what is replaced after it is not what leaked. @default - known only since the case was opened */
  readonly leakedAt?: Date;
  /** The last rotation of the field. */
  readonly rotation?: LeakRotation;
  /** @default - the repository was not searched */
  readonly history?: { readonly repository: string; readonly findings: readonly HistoryFinding[] };
  /** @default - no log was given */
  readonly audit?: {
    readonly since: Date;
    /** People who read it, by name. */
    readonly people: readonly string[];
    readonly workloads: readonly string[];
    readonly refused: number;
    readonly gaps: readonly string[];
  };
  readonly timeline: readonly TimelineEntry[];
}

/** Hours within which CERT-In wants to hear of an incident (directions of 28 April 2022, section ii). */
const reportHours = 6;

/** The case of a leaked value: revoke, remove from history, find out who used it, tell, learn. */
export function incidentCase(incident: Incident): CaseFile {
  const { environment, field, openedAt, now, leakedAt } = incident;
  return {
    title: `Incident: ${field.id} leaked`,
    sections: [
      {
        heading: 'Case',
        markdown: markdownTable(
          ['environment', 'opened', 'updated', 'report due'],
          [[environment.name, openedAt.toISOString(), now.toISOString(), reportDue(openedAt).toISOString()]],
        ),
      },
      { heading: 'Who holds the value', markdown: holders(incident) },
      { heading: 'In the repository', markdown: inHistory(incident) },
      { heading: 'Who read it', markdown: whoReadIt(incident) },
      { heading: 'Timeline', markdown: timeline(incident) },
    ],
    memory: { openedAt: openedAt.toISOString(), ...(leakedAt ? { leakedAt: leakedAt.toISOString() } : {}) },
    steps: [revoke(incident), ...purge(incident), ...find(incident), ...tell(incident), ...learn(incident)],
  };
}

/** When the authority must have been told. */
export function reportDue(openedAt: Date): Date {
  return new Date(openedAt.getTime() + reportHours * 3_600_000);
}

/** Whether the value was replaced after it leaked. */
export function isRevoked({
  rotation,
  openedAt,
  leakedAt = openedAt,
}: Pick<Incident, 'rotation' | 'openedAt' | 'leakedAt'>): boolean {
  return rotation?.finishedAt !== undefined && rotation.finishedAt >= leakedAt;
}

/** The first time that a value stood in a repository. */
export function firstSeen(findings: readonly HistoryFinding[]): Date | undefined {
  const times = findings.flatMap(({ places }) => places.map(({ time }) => time.getTime()));
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}

function holders({ environment, field }: Incident): string {
  const { catalog } = environment;
  const rows = readersOf(catalog, field.secret.path, field.fieldName).map(({ workload, variable }) => {
    const { secret } = workloadNames(catalog.name, workload);
    return [workload, `${catalog.workloads[workload]?.namespace ?? ''}/${secret}`, variable];
  });
  return rows.length > 0 ? markdownTable(['workload', 'Secret', 'variable'], rows) : 'No workload reads it.';
}

function inHistory({ history }: Incident): string {
  if (!history) {
    return 'Not searched: the value was not given (`--search`).';
  }
  const { findings } = history;
  if (findings.length === 0) {
    return 'The value is in no object of the repository.';
  }
  const rows = findings.flatMap(({ object, type, places }) =>
    places.length > 0
      ? places.map(({ commit, path, time }) => [path, commit.slice(0, 12), time.toISOString(), object.slice(0, 12)])
      : [[`a ${type} that no branch and no commit leads to`, '', '', object.slice(0, 12)]],
  );
  return markdownTable(['path', 'commit', 'time', 'object'], rows);
}

function whoReadIt({ audit }: Incident): string {
  if (!audit) {
    return 'Not known: no audit log was given (`--log`).';
  }
  const { since, people, workloads, refused, gaps } = audit;
  const list = (names: readonly string[]): string => names.join(', ') || 'none';
  return [
    `Since ${since.toISOString()}: people and other tokens: ${list(people)}; workloads: ${list(workloads)}; refused attempts: ${refused}.`,
    ...(gaps.length > 0 ? [`Gaps:\n\n${gaps.map((gap) => `- ${gap}`).join('\n')}`] : []),
  ].join('\n\n');
}

function timeline({ timeline: entries, openedAt }: Incident): string {
  const all = [...entries, { time: openedAt, source: 'case', what: 'the case was opened' }];
  return markdownTable(
    ['time', 'source', 'what'],
    all
      .sort((a, b) => a.time.getTime() - b.time.getTime())
      .map(({ time, source, what }) => [time.toISOString(), source, what]),
  );
}

function revoke(incident: Incident): CaseStep {
  const { environment, field, breaks, rotation } = incident;
  const done = isRevoked(incident);
  const cost = breaks.length > 0 ? ` What breaks: ${breaks.join(' ')}` : '';
  return {
    id: 'revoke',
    title: `Revoke the value now, before anything else: it is known, whatever is removed.${cost}`,
    commands: [`nivesh-secrets rotate ${field.id} --environment ${environment.name} --revoke-now`],
    proof: { done, words: done ? `replaced ${rotation?.finishedAt?.toISOString() ?? ''}` : 'not replaced since' },
  };
}

function purge({ history }: Incident): CaseStep[] {
  const commands = purgeCommands;
  const proof = history && {
    done: history.findings.length === 0,
    words:
      history.findings.length === 0
        ? 'no object of the repository holds it'
        : `${history.findings.length} ${history.findings.length === 1 ? 'object holds' : 'objects hold'} it`,
  };
  return [
    {
      id: 'purge-history',
      title: 'Remove it from the history of every branch and tag, in a fresh clone',
      commands,
      ...(proof ? { proof } : {}),
    },
    {
      id: 'purge-copies',
      title:
        'Ask the hosting service to remove cached views and pull requests that show it; have every clone and fork made anew, since a push from an old one brings it back',
    },
  ];
}

/**
 * As git filter-repo documents it (https://htmlpreview.github.io/?https://github.com/newren/git-filter-repo/blob/docs/html/git-filter-repo.html,
 * section "Sensitive data removal"). `git filter-branch ... HEAD` leaves tags, other branches and the reflog as they are.
 * The value stands in a file, never among arguments.
 */
export const purgeCommands: readonly string[] = [
  'git clone --mirror <address> purge.git',
  'git -C purge.git filter-repo --sensitive-data-removal --replace-text <file of mode 0600 with the value in it>',
  'git -C purge.git push --force --mirror origin',
];

function find({ environment, field, audit }: Incident): CaseStep[] {
  const options = `--environment ${environment.name} --log '<audit logs>'`;
  return [
    {
      id: 'audit',
      title: 'Find out who read it, since it leaked and before',
      commands: [`nivesh-secrets audit who-read ${field.id} ${options} --since 30d`],
      ...(audit
        ? {
            proof: {
              done: audit.gaps.length === 0,
              words: audit.gaps.length === 0 ? 'answered without gaps' : 'the answer has gaps',
            },
          }
        : {}),
    },
    {
      id: 'find-value',
      title: 'Find out who sent the value itself to Vault or was given it under another name',
      commands: [`pass show <the value> | nivesh-secrets audit find-value ${options}`],
    },
  ];
}

function tell({ environment, field, openedAt, audit }: Incident): CaseStep[] {
  const workloads = [
    ...new Set(readersOf(environment.catalog, field.secret.path, field.fieldName).map(({ workload }) => workload)),
  ];
  const people = audit && audit.people.length > 0 ? `, ${audit.people.join(', ')}` : '';
  return [
    {
      id: 'tell-owners',
      title: `Tell the security team and the owners of ${workloads.join(', ') || 'the value'}${people}`,
    },
    {
      id: 'tell-authorities',
      title: `Decide with the data protection officer whether to report: CERT-In within ${reportHours} hours, by ${reportDue(openedAt).toISOString()}; the Data Protection Board and the people concerned where personal data was in reach`,
    },
  ];
}

function learn({ environment }: Incident): CaseStep[] {
  return [
    {
      id: 'verify',
      title: 'Check that everything works with the new value',
      commands: [`nivesh-secrets verify --environment ${environment.name}`],
    },
    { id: 'prevent', title: 'Find out why no check stopped it, and add the rule that would have' },
    { id: 'post-mortem', title: 'Hold the post-mortem: cause, effect, what is changed by whom until when (Notes)' },
  ];
}

/** Commits that brought the value in or out, for the timeline. */
export function historyTimeline(findings: readonly HistoryFinding[]): TimelineEntry[] {
  return findings.flatMap(({ places }) =>
    places.map(({ commit, time, path }) => ({
      time,
      source: 'git',
      what: `commit ${commit.slice(0, 12)} changes ${path}, which holds the value before or after`,
    })),
  );
}
