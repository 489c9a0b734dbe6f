import { counted } from '../counted';
import type { Environment } from '../catalog';
import type { VaultPerson } from '../vault/person';
import { type CaseFile, type CaseStep, markdownTable } from './case-file';
import type { ExposedField } from './exposure';

/** What a person read at one path, from the audit log. */
export interface PathReads {
  readonly path: string;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
}

/** Everything that is known about somebody who leaves. */
export interface Offboarding {
  readonly environment: Environment;
  readonly person: VaultPerson;
  /** When it began: what is rotated after it counts. */
  readonly openedAt: Date;
  readonly now: Date;
  /** Paths of the catalog that their policies let them read, by Vault's judgement, now or in an earlier run. */
  readonly readable: readonly string[];
  /** Policies that could not be judged, since they depend on who asks. */
  readonly unjudged: readonly string[];
  /** @default - no log was given */
  readonly reads?: {
    readonly since: Date;
    readonly paths: readonly PathReads[];
    /** What weakens the answer, in words. */
    readonly gaps: readonly string[];
  };
  /** In the order of risk. */
  readonly exposed: readonly ExposedField[];
  /** `path.field` to the end of its last rotation. */
  readonly rotatedAt: ReadonlyMap<string, Date>;
}

/** The case of somebody who leaves: what they could read, what they read, and what is to be done, in order. */
export function offboardingCase(offboarding: Offboarding): CaseFile {
  const { person, environment, openedAt, now, readable, reads } = offboarding;
  return {
    title: `Offboarding of ${person.name}`,
    sections: [
      {
        heading: 'Case',
        markdown: markdownTable(
          ['environment', 'opened', 'updated'],
          [[environment.name, openedAt.toISOString(), now.toISOString()]],
        ),
      },
      { heading: 'Identity in Vault', markdown: identity(person) },
      { heading: 'What they could read', markdown: couldRead(offboarding) },
      { heading: 'What they read', markdown: didRead(offboarding) },
    ],
    memory: { openedAt: openedAt.toISOString(), readable, read: (reads?.paths ?? []).map(({ path }) => path) },
    steps: [...vaultSteps(person), ...rotationSteps(offboarding), ...outsideSteps(person)],
  };
}

function identity({ entities, unusedLogins, tokens, policies }: VaultPerson): string {
  const logins = [
    ...entities.flatMap(({ id, disabled, logins: known }) =>
      known.map(({ mount, type, name }) => [`${mount}/${name}`, type, id, disabled ? 'disabled' : 'enabled']),
    ),
    ...unusedLogins.map(({ mount, type, name }) => [`${mount}/${name}`, type, 'none: never used', 'enabled']),
  ];
  return [
    logins.length > 0 ? markdownTable(['login', 'type', 'entity', 'state'], logins) : 'No login.',
    `Live tokens: ${tokens.length}. Policies: ${policies.join(', ') || 'none'}.`,
  ].join('\n\n');
}

function couldRead({ readable, unjudged, exposed }: Offboarding): string {
  const rows = readable.map((path) => [
    path,
    exposed
      .filter((field) => field.path === path)
      .map(({ field }) => field)
      .join(', '),
  ]);
  const hint = unjudged.length > 0 ? [`Not judged, because they depend on who asks: ${unjudged.join(', ')}.`] : [];
  return [
    rows.length > 0 ? markdownTable(['secret', 'values to replace'], rows) : 'Nothing of the catalog.',
    ...hint,
  ].join('\n\n');
}

function didRead({ reads }: Offboarding): string {
  if (!reads) {
    return 'Not known: no audit log was given (`--log`).';
  }
  const { since, paths, gaps } = reads;
  const rows = paths.map(({ path, count, first, last }) => [
    path,
    String(count),
    first.toISOString(),
    last.toISOString(),
  ]);
  const nothing =
    gaps.length === 0
      ? 'Nothing, and the log has no gap.'
      : 'Nothing that the log shows; it has gaps, so this proves nothing.';
  return [
    `Since ${since.toISOString()}:`,
    rows.length > 0 ? markdownTable(['secret', 'reads', 'first', 'last'], rows) : nothing,
    ...(gaps.length > 0 ? [`Gaps:\n\n${gaps.map((gap) => `- ${gap}`).join('\n')}`] : []),
  ].join('\n\n');
}

function vaultSteps({ name, entities, unusedLogins, tokens }: VaultPerson): CaseStep[] {
  return [
    ...entities.map(({ id, disabled }): CaseStep => ({
      id: `disable-entity/${id}`,
      title: `Disable the entity ${id}: it bars every login and every token of ${name}`,
      commands: [`vault write identity/entity/id/${id} disabled=true`],
      proof: { done: disabled, words: disabled ? 'Vault says that it is disabled' : 'it is enabled' },
    })),
    ...unusedLogins.map(({ mount, name: login }): CaseStep => ({
      id: `delete-login/${mount}/${login}`,
      title: `Delete the login ${mount}/${login}, which has no entity to disable`,
      commands: [`vault delete auth/${mount}/users/${login}`],
      proof: { done: false, words: 'it is there' },
    })),
    {
      id: 'revoke-tokens',
      title: 'Revoke every token, and with them what they lease',
      commands: tokens.map(({ accessor }) => `vault token revoke -accessor ${accessor}`),
      proof: {
        done: tokens.length === 0,
        words: tokens.length === 0 ? 'none is left' : `${counted(tokens.length, 'token')} left`,
      },
    },
  ];
}

function rotationSteps({ exposed, rotatedAt, openedAt, environment }: Offboarding): CaseStep[] {
  return exposed.map(({ id, risk, wasRead }) => {
    const rotated = rotatedAt.get(id);
    const done = rotated !== undefined && rotated >= openedAt;
    return {
      id: `rotate/${id}`,
      title: `Replace ${id}, which ${risk} and which they ${wasRead ? 'read' : 'could read'}`,
      commands: [`nivesh-secrets rotate ${id} --environment ${environment.name}`],
      proof: { done, words: done ? `replaced ${rotated.toISOString()}` : 'not replaced since' },
    };
  });
}

function outsideSteps({ name }: VaultPerson): CaseStep[] {
  return [
    {
      id: 'cluster',
      title: `Take ${name} out of the cluster's roles, and replace certificates and kubeconfigs that they hold`,
      commands: ['kubectl get rolebindings,clusterrolebindings --all-namespaces --output wide'],
    },
    {
      id: 'repositories',
      title: 'End access to repositories: membership, personal tokens, SSH keys, deploy keys, secrets of CI',
      commands: ['nivesh-secrets ci --dry-run'],
    },
    { id: 'applications', title: 'End accounts in applications (Grafana, Airflow), and at outside issuers' },
    { id: 'sealing-keys', title: 'Where they held a copy of the sealing keys: make a new key pair and seal again' },
  ];
}
