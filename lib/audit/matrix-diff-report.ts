import { table } from '../cli/output';
import type { AccessGrant, AccessIdentity } from './access-matrix';
import { type ChangedGrant, isUnchanged, type MatrixDiff } from './matrix-diff';
import { identityColumns } from './matrix-identity';

interface Line {
  readonly change: 'added' | 'removed' | 'changed';
  readonly environment: string;
  readonly workload: string;
  readonly secret: string;
  readonly what: string;
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
    what,
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
      `| ${signs[change]} | ${cell(environment)} | ${code(workload)} | ${code(secret)} | ${cell(what)} |`,
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

const signs = { added: '➕ added', removed: '➖ removed', changed: '✏️ changed' } as const;

function verdict({ added, removed, changed, grew }: MatrixDiff): string {
  const counts = `${added.length} added, ${removed.length} removed, ${changed.length} changed`;
  return `${grew ? 'Access grows' : 'Access does not grow'}: ${counts}`;
}

function linesOf({ added, removed, changed }: MatrixDiff): Line[] {
  const whole =
    (change: 'added' | 'removed') =>
    ({ environment, workload, secret, variables, identity }: AccessGrant): Line => ({
      change,
      environment,
      workload,
      secret,
      what: `${variables.map(({ name }) => name).join(', ')} as ${describe(identity)}`,
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

function describeChange(grant: ChangedGrant): string {
  const parts: [string, readonly string[]][] = [
    ['gets fields', grant.addedFields],
    ['loses fields', grant.removedFields],
    ['new variables', grant.addedVariables],
    ['variables gone', grant.removedVariables],
  ];
  return [
    ...parts.filter(([, names]) => names.length > 0).map(([words, names]) => `${words}: ${names.join(', ')}`),
    ...(grant.identity ? [`read as ${describe(grant.identity.after)}, before as ${describe(grant.identity.before)}`] : []),
  ].join('; ');
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

function cell(text: string): string {
  return text.replace(/[\r\n]/g, ' ').replace(/[\\`*_{}[\]<>()#+!|@~]/g, (character) => `&#${character.charCodeAt(0)};`);
}
