import { Command } from 'commander';
import { usageError } from './errors';
import { findProject, loadEnvironments, selectDelivered } from './project';

/** What the command line says. */
export interface RotateFlags {
  readonly environment: string;
  readonly plan?: boolean;
  readonly yes?: boolean;
  readonly revokeNow?: boolean;
  readonly input?: string;
  readonly evidence?: string;
  readonly wait?: boolean;
  readonly due?: boolean;
  readonly status?: boolean;
  readonly json?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** `nivesh-secrets rotate` */
export function rotateCommand(): Command {
  return new Command('rotate')
    .description('replace a value without downtime: plan, check everything, then act in phases that any run can resume')
    .argument('[secret.field]', 'field to rotate, as in nivesh/backend.jwt_secret')
    .requiredOption('-e, --environment <name>', 'environment to rotate in')
    .option('--plan', 'show the phases and check everything, change nothing')
    .option('--yes', 'do not ask')
    .option('--revoke-now', 'the old value has leaked: replace it at once, without an overlap')
    .option('--input <file>', 'new value from a file of mode 0600, or - for standard input, for fields that take one')
    .option('--evidence <text>', 'where it can be seen that a person did what the rotation waits for')
    .option('--wait', 'wait out waits of up to two hours')
    .option('--due', 'list what is due by the schedules of the catalog or can go on; with --yes, rotate it')
    .option('--status', 'show where the rotation of every field stands')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: KUBECONFIG, the own pod, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A rotation keeps a journal in Vault (rotation/<path>/<field>, without values). Started again, it goes on where it
stopped, from any machine. A wait ends the run; the same command goes on after it.
Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, and VAULT_TOKEN or ~/.vault-token. In a pod,
VAULT_ROLE names the role to log in with, and VAULT_JWT_FILE the token to do it with.
It exits with 1 when a check fails, a person must act, or (--due) something is due.

Examples:
  nivesh-secrets rotate nivesh/backend.jwt_secret --environment staging --plan
  nivesh-secrets rotate nivesh/backend.jwt_secret --environment production --revoke-now
  pass show slack/webhook | nivesh-secrets rotate nivesh/alertmanager.slack_webhook_url -e staging --input - --yes
  nivesh-secrets rotate --due --yes --environment staging`,
    )
    .action(runRotate);
}

async function runRotate(id: string | undefined, flags: RotateFlags): Promise<void> {
  checkFlags(id, flags);
  const project = findProject();
  const environments = loadEnvironments(project);
  const environment = selectDelivered(environments, 'externalSecrets', flags.environment);
  if (id === undefined) {
    const { runDue, runStatus } = await import('./rotate-due.js');
    await (flags.due ? runDue : runStatus)(environment, flags);
    return;
  }
  const { runField } = await import('./rotate-field.js');
  await runField(id, { environment, environments, root: project.root, flags });
}

/** Options that belong to the rotation of one field. */
const ofOneField = {
  plan: '--plan',
  revokeNow: '--revoke-now',
  input: '--input',
  evidence: '--evidence',
  wait: '--wait',
} as const;

function checkFlags(id: string | undefined, flags: RotateFlags): void {
  const wanted = [
    ...(id === undefined ? [] : [id]),
    ...(flags.due ? ['--due'] : []),
    ...(flags.status ? ['--status'] : []),
  ];
  if (wanted.length !== 1) {
    throw usageError(
      wanted.length === 0 ? 'nothing says what to rotate' : `${wanted.join(' and ')} were both given`,
      'give one field (path.field), --due or --status',
    );
  }
  const unfit = id === undefined ? Object.entries(ofOneField).filter(([name]) => name in flags) : [];
  if (unfit.length > 0) {
    throw usageError(`${unfit.map(([, option]) => option).join(', ')} without a field`, 'name the field to rotate');
  }
  if (flags.status && flags.yes) {
    throw usageError('--status changes nothing, so there is nothing to say --yes to', 'leave --yes out');
  }
  if (id !== undefined && flags.json && !flags.yes && !flags.plan) {
    throw usageError('--json does not ask', 'add --plan or --yes');
  }
}
