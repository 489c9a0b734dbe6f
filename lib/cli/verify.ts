import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { verifyEnvironment } from '../check/verification';
import { verifierPolicy, verifierRoles } from '../check/verifier-rights';
import { collectExampleValues } from '../dotenv/examples';
import { consoleReporter } from '../embedded/reporter';
import { connectKubernetes, connectVault, requireVault } from './connections';
import { printFindingsJson } from './findings';
import { print } from './output';
import { findProject, loadEnvironments, selectEnvironment } from './project';
import { placeEnvironment } from './stack-config';
import { printVerification } from './verify-report';

interface VerifyFlags {
  readonly environment: string;
  readonly stackConfig?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly values?: boolean;
  readonly rights?: 'vault' | 'kubernetes';
  readonly json?: boolean;
}

/** `nivesh-secrets verify` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('prove on the live Vault and cluster that delivery, access and settings are what the catalog declares')
    .requiredOption('-e, --environment <name>', 'environment to check')
    .option('--stack-config <file>', "configuration of the environment's stack (default: its Pulumi.<name>.yaml)")
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: the stack, KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: the stack, then its current one)')
    .option('--values', 'read the values too, and refuse those that look like examples; none is shown')
    .addOption(
      new Option('--rights <where>', 'print the rights that this verb needs, and verify nothing').choices([
        'vault',
        'kubernetes',
      ]),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Logs in to Vault as every workload and asks what it may do; reads no value without --values.
Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, VAULT_TOKEN.
It exits with 1 when something is not as declared, and with 3 when that cannot be found out.

Examples:
  nivesh-secrets verify --environment staging --context staging-admin
  nivesh-secrets verify --environment production --values --json
  nivesh-secrets verify --environment staging --rights vault | vault policy write nivesh-verifier -`,
    )
    .action(runVerify);
}

async function runVerify(flags: VerifyFlags): Promise<void> {
  const project = findProject();
  const environments = loadEnvironments(project);
  const declared = requireVault(selectEnvironment(environments, flags.environment));
  const { environment, ...cluster } = placeEnvironment(project, declared, flags.stackConfig);
  if (flags.rights) {
    print(
      flags.rights === 'vault'
        ? verifierPolicy(environment, flags.values ?? false).trimEnd()
        : verifierRoles(environment)
            .map((role) => stringify(role).trimEnd())
            .join('\n---\n'),
    );
    return;
  }
  const examples = flags.values ? await collectExampleValues(environments, project.root) : undefined;
  const vault = await connectVault(environment);
  const kubernetes = await connectKubernetes({ ...cluster, ...flags });
  const reporter = consoleReporter();
  try {
    const now = Date.now();
    const verification = await verifyEnvironment({
      environment,
      vault,
      kubernetes,
      now,
      ...(examples ? { examples } : {}),
      onPart: (part) => reporter.task(`verifying ${part}`),
    });
    if (flags.json) {
      printFindingsJson({ ...verification });
      return;
    }
    printVerification(verification, now);
    if (environment.production && !flags.values) {
      print('the values themselves were not looked at: --values refuses those that look like examples');
    }
  } finally {
    await Promise.all([vault.close(), kubernetes.close()]);
  }
}
