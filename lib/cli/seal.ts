import { Command } from 'commander';
import { type Duration, type Environment, isDuration, quoted } from '../catalog';
import { defaultExpiryWarning } from '../sealing/certificate';
import type { SealedEnvironment } from '../sealing/seal-environment';
import { usageError } from './errors';
import { findProject, loadEnvironments, selectDelivered } from './project';

/** Options of `nivesh-secrets seal`, as commander gives them. */
export interface SealFlags {
  readonly environment: string;
  readonly workload?: readonly string[];
  readonly input?: string;
  readonly generate?: boolean;
  readonly keep?: string;
  readonly raw?: string;
  readonly reseal?: boolean;
  readonly check?: boolean;
  readonly fetchCertificate?: boolean;
  readonly expiresWithin: Duration;
  readonly controller?: string;
  readonly controllerNamespace: string;
  readonly controllerName: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly json?: boolean;
}

/** What one call of the verb does, besides printing. */
export interface SealCall {
  readonly flags: SealFlags;
  /** Folder of the project. */
  readonly root: string;
  /** Every environment of the project. */
  readonly environments: readonly Environment[];
  readonly environment: SealedEnvironment;
}

/** `nivesh-secrets seal` */
export function sealCommand(): Command {
  return new Command('seal')
    .description('seal values into the repository for the Sealed Secrets controller, changing only what changed')
    .requiredOption('-e, --environment <name>', 'environment with sealedSecrets(...) as its delivery')
    .option('-w, --workload <name...>', 'workloads to seal for (default: all)')
    .option(
      '--input <file>',
      'values as YAML or JSON, path to field to value: a file of mode 0600, or - for standard input',
    )
    .option('--generate', 'generate the fields that no workload has yet')
    .option('--keep <file>', 'write the values of this run to a new file of mode 0600, in the form that --input reads')
    .option('--raw <workload.variable>', 'seal one variable from standard input')
    .option('--reseal', 'have the controller seal everything again for the newest certificate, without the values')
    .option('--check', 'for CI: report certificates, scopes, missing and undeclared variables; change nothing')
    .option('--fetch-certificate', "print the controller's certificate")
    .option(
      '--expires-within <duration>',
      'report certificates that expire this soon',
      readDuration,
      defaultExpiryWarning,
    )
    .option('--controller <url>', 'address of the controller (default: through the API server)', readAddress)
    .option('--controller-namespace <name>', "namespace of the controller's Service", 'kube-system')
    .option('--controller-name <name>', "name of the controller's Service", 'sealed-secrets-controller')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Files are environments/sealed/<environment>/<workload>.yaml: commit them. A value that did not change keeps its line.
It exits with 1 while declared variables are not sealed, and when --check finds something.

Examples:
  nivesh-secrets seal --environment edge --generate --keep edge-values.json
  nivesh-secrets seal --environment edge --input edge-values.json
  pass show slack/webhook | nivesh-secrets seal --environment edge --raw alertmanager.SLACK_WEBHOOK_URL
  nivesh-secrets seal --environment edge --reseal --context edge-admin
  nivesh-secrets seal --environment edge --check`,
    )
    .action(run);
}

type Mode = 'seal' | 'raw' | 'reseal' | 'check' | 'fetchCertificate';

const optionOf: Record<Mode, string> = {
  seal: '--input or --generate',
  raw: '--raw',
  reseal: '--reseal',
  check: '--check',
  fetchCertificate: '--fetch-certificate',
};

async function run(flags: SealFlags): Promise<void> {
  const mode = modeOf(flags);
  const { runCheck, runFetchCertificate, runReseal, runSeal } = await import('./seal-modes.js');
  const project = findProject();
  const environments = loadEnvironments(project);
  const environment = selectDelivered(environments, 'sealedSecrets', flags.environment);
  const call = { flags, root: project.root, environments, environment };
  switch (mode) {
    case 'seal':
    case 'raw':
      await runSeal(call);
      break;
    case 'reseal':
      await runReseal(call);
      break;
    case 'check':
      runCheck(call);
      break;
    case 'fetchCertificate':
      await runFetchCertificate(call);
  }
}

function modeOf({ input, generate, raw, reseal, check, fetchCertificate, keep, workload }: SealFlags): Mode {
  const chosen: [Mode, boolean][] = [
    ['seal', input !== undefined || generate === true],
    ['raw', raw !== undefined],
    ['reseal', reseal === true],
    ['check', check === true],
    ['fetchCertificate', fetchCertificate === true],
  ];
  const [mode, other] = chosen.flatMap(([name, isChosen]) => (isChosen ? [name] : []));
  if (!mode) {
    throw usageError('there is nothing to seal', `give one of ${Object.values(optionOf).join(', ')}`);
  }
  if (other) {
    throw usageError(`${optionOf[mode]} and ${optionOf[other]} were both given`, 'use one of them');
  }
  if (keep !== undefined && mode !== 'seal') {
    throw usageError(`--keep goes with ${optionOf.seal}`, 'leave it out');
  }
  if (workload !== undefined && mode !== 'seal' && mode !== 'reseal') {
    throw usageError(`--workload goes with ${optionOf.seal} or ${optionOf.reseal}`, 'leave it out');
  }
  return mode;
}

function readAddress(text: string): string {
  if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text)) {
    throw usageError(`--controller is not an address, got ${quoted(text)}`, 'write it as http://127.0.0.1:8080');
  }
  return text;
}

function readDuration(text: string): Duration {
  if (!isDuration(text)) {
    throw usageError(`--expires-within is not a length of time, got ${quoted(text)}`, 'write it as "30d" or "12h"');
  }
  return text;
}
