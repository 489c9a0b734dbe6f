import { Command } from 'commander';
import { checkDelivery, explainDelivery, isDelivered } from '../check/delivery';
import { KvEngine } from '../vault/kv';
import { connectKubernetes, connectVault, requireVault } from './connections';
import { exitCode } from './errors';
import { print, printJson, table } from './output';
import { findProject, loadEnvironments, selectEnvironment } from './project';

interface VerifyFlags {
  readonly environment: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly json?: boolean;
}

/** `nivesh-secrets verify` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check on the live cluster and Vault that every workload has exactly its declared variables')
    .requiredOption('-e, --environment <name>', 'environment to check')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads names, never values. Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, VAULT_TOKEN.
It exits with 1 when something is not as declared.

Example:
  nivesh-secrets verify --environment staging --context staging-admin`,
    )
    .action(runVerify);
}

async function runVerify(flags: VerifyFlags): Promise<void> {
  const environment = requireVault(selectEnvironment(loadEnvironments(findProject()), flags.environment));
  const vault = await connectVault(environment);
  const kubernetes = await connectKubernetes(flags);
  try {
    const kv = new KvEngine(vault, environment.delivery.vault.mount);
    const deliveries = await checkDelivery(environment, kubernetes, kv);
    if (flags.json) {
      printJson(deliveries);
    } else {
      print(
        table(
          ['WORKLOAD', 'SECRET', 'VARIABLES', 'READY'],
          deliveries.map(({ workload, namespace, secret, variables, ready }) => [
            workload,
            `${namespace}/${secret}`,
            String(variables.length),
            ready ? 'yes' : 'no',
          ]),
        ),
      );
      deliveries.flatMap((delivery) => explainDelivery(delivery, environment.name)).forEach(print);
    }
    if (!deliveries.every(isDelivered)) {
      process.exitCode = exitCode.findings;
    }
  } finally {
    await Promise.all([vault.close(), kubernetes.close()]);
  }
}
