import { table } from '../cli/output';
import type { AccessGrant, AccessIdentity } from './access-matrix';
import { type ChangedGrant, isUnchanged, type MatrixDiff } from './matrix-diff';
import { identityColumns } from './matrix-identity';

interface Line {
  readonly change: 'added' | 'removed' | 'changed';
  readonly environment: string;
  readonly workload: string;
  readonly secret: string;
  readonly what: readonly Part[];
}

/** Words about names: `gets fields` `token`. */
interface Part {
  readonly words: string;
  readonly names: readonly string[];
}

const unchanged = 'no access changes';

/** The difference for a terminal. */
export function matrixDiffTable(diff: MatrixDiff): string {
  if (isUnchanged(diff)) {
    return unchanged;
  }
  const rows = linesOf(diff).map(({ change, environment, workload, secret, what }) => [
    change,
    environment,
    workload,
    secret,
    what.map((part) => `${part.words} ${part.names.join(', ')}`).join('; '),
  ]);
  return `${table(['CHANGE', 'ENVIRONMENT', 'WORKLOAD', 'SECRET', 'WHAT'], rows)}\n\n${verdict(diff)}`;
}

/** The difference for a pull request, in GitHub's Markdown. */
export function matrixDiffMarkdown(diff: MatrixDiff): string {
  if (isUnchanged(diff)) {
    return `### Access to secrets\n\nThis change grants and takes no access.\n`;
  }
  const rows = linesOf(diff).map(
    ({ change, environment, workload, secret, what }) =>
      `| ${signs[change]} | ${[environment, workload, secret].map(code).join(' | ')} | ${what.map(inMarkdown).join('<br>')} |`,
  );
  return [
    '### Access to secrets',
    '',
    `**${verdict(diff)}**`,
    '',
    '| | Environment | Workload | Secret | What |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function inMarkdown({ words, names }: Part): string {
  return `${words} ${names.map(code).join(', ')}`;
}

const signs = { added: '➕ added', removed: '➖ removed', changed: '✏️ changed' } as const;

function verdict({ added, removed, changed, grew }: MatrixDiff): string {
  const counts = `${added.length} added, ${removed.length} removed, ${changed.length} changed`;
  return `${grew ? 'Access grows' : 'Access does not grow'}: ${counts}`;
}

function linesOf({ added, removed, changed }: MatrixDiff): Line[] {
  const whole =
    (change: 'added' | 'removed') =>
    ({ environment, workload, secret, access, fields, variables, identity }: AccessGrant): Line => ({
      change,
      environment,
      workload,
      secret,
      what: [
        access === 'rotate'
          ? { words: 'rotates', names: fields }
          : { words: 'variables', names: variables.map(({ name }) => name) },
        { words: 'read as', names: [describe(identity)] },
      ],
    });
  return [
    ...added.map(whole('added')),
    ...removed.map(whole('removed')),
    ...changed.map((grant): Line => {
      const { environment, workload, secret } = grant;
      return { change: 'changed', environment, workload, secret, what: describeChange(grant) };
    }),
  ];
}

function describeChange({ identity, ...grant }: ChangedGrant): Part[] {
  return [
    { words: 'gets fields', names: grant.addedFields },
    { words: 'loses fields', names: grant.removedFields },
    { words: 'new variables', names: grant.addedVariables },
    { words: 'variables gone', names: grant.removedVariables },
    { words: 'read as', names: identity ? [describe(identity.after)] : [] },
    { words: 'before as', names: identity ? [describe(identity.before)] : [] },
  ].filter(({ names }) => names.length > 0);
}

function describe(identity: AccessIdentity): string {
  if (identity.type !== 'vault') {
    return identityColumns({ identity }).delivery;
  }
  const { namespace, serviceAccount, vaultRole, vaultPath } = identity;
  return `${namespace}/${serviceAccount}, role ${vaultRole}, path ${vaultPath}`;
}

/** Names come from the pull request, so they must not become links, mentions or another table. */
function code(text: string): string {
  return `\`${text.replace(/[`|\r\n]/g, ' ')}\``;
}
