import { stringify } from 'yaml';
import { verifyEnvironment } from '../check/verification';
import { verifierPolicy, verifierRoles } from '../check/verifier-rights';
import { collectExampleValues } from '../dotenv/examples';
import { consoleReporter } from '../embedded/reporter';
import { connectKubernetes, connectVault } from './connections';
import { printFindingsJson } from './findings';
import { print } from './output';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { placeEnvironment } from './stack-config';
import { printVerification } from './verify-report';

/** Options of `nivesh-secrets verify`, as commander gives them. */
export interface VerifyFlags {
  readonly environment: string;
  readonly stackConfig?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly values?: boolean;
  readonly rights?: 'vault' | 'kubernetes';
  readonly json?: boolean;
}

/** Runs `nivesh-secrets verify`. */
export async function runVerify(flags: VerifyFlags): Promise<void> {
  const project = findProject();
  const environments = loadEnvironments(project);
  const declared = selectDelivered(environments, 'externalSecrets', flags.environment);
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
