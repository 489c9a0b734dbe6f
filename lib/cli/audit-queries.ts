import { byIdentity } from '../audit/by-identity';
import type { Gap } from '../audit/gap';
import {
  carryingSecrets,
  type CarryingSecret,
  type KubernetesReport,
  readKubernetesLog,
} from '../audit/kubernetes-log';
import { whoRead } from '../audit/who-read';
import type { TimeWindow } from '../audit/window';
import {
  asTexts,
  type AuditFlags,
  type AuditQuery,
  environmentOf,
  mountOf,
  openQuery,
  splitSecret,
} from './audit-options';
import { conclusion, printCoverage, printGaps, printSections, type Section, setExit } from './audit-report';
import { usageError } from './errors';
import { print, printJson } from './output';

/** `nivesh-secrets audit who-read` */
export async function runWhoRead(secret: string, flags: AuditFlags): Promise<void> {
  const environment = environmentOf(flags);
  const { path, field } = splitSecret(secret, environment);
  const carriers = environment ? carryingSecrets(environment.catalog, path, field) : [];
  if (flags.kubernetesLog && !environment) {
    throw usageError(
      '--kubernetes-log needs --environment, whose catalog knows which Secrets carry it',
      'add -e <name>',
    );
  }
  const options = await openQuery(flags);
  const vault =
    options.vault &&
    (await whoRead({
      ...options,
      logs: options.vault,
      mount: mountOf(flags, environment),
      path,
      ...(field === undefined ? {} : { field }),
    }));
  const kubernetes =
    options.kubernetes && (await readKubernetesLog({ ...options, logs: options.kubernetes, secrets: carriers }));
  options.end();
  const gaps = [...(vault?.gaps ?? []), ...(kubernetes?.gaps ?? []), ...unaskedGaps(options, carriers)];
  if (flags.json) {
    printJson({
      secret: path,
      ...(field === undefined ? {} : { field }),
      window: asTexts(options.window),
      vault,
      kubernetes,
      gaps,
    });
  } else {
    if (vault) {
      printSections(
        [
          { title: 'WORKLOADS', groups: vault.workloads },
          { title: 'PEOPLE AND OTHER TOKENS', groups: vault.people },
          { title: 'NAMES AND VERSIONS ONLY', groups: vault.names },
          { title: 'CHANGES', groups: vault.writes },
          { title: 'DENIED OR WITHOUT RESULT', groups: vault.refused },
        ],
        false,
      );
    }
    printSections(kubernetesSections(kubernetes), true);
    printCoverages(vault, kubernetes, options.window);
    printGaps(gaps);
    const found = [vault?.workloads, vault?.people, kubernetes?.people, kubernetes?.controllers, kubernetes?.kubelets];
    print(
      `\n${conclusion(
        found.some((groups) => (groups ?? []).length > 0),
        gaps,
        `nobody read ${secret}${kubernetes ? '' : ' from Vault'}`,
      )}`,
    );
  }
  setExit(gaps);
}

/** `nivesh-secrets audit by` */
export async function runBy(identity: string, flags: AuditFlags): Promise<void> {
  const environment = environmentOf(flags);
  const options = await openQuery(flags);
  const vault =
    options.vault &&
    (await byIdentity({ ...options, logs: options.vault, mount: mountOf(flags, environment), identity }));
  const kubernetes =
    options.kubernetes && (await readKubernetesLog({ ...options, logs: options.kubernetes, identity }));
  options.end();
  const gaps = [...(vault?.gaps ?? []), ...(kubernetes?.gaps ?? [])];
  if (flags.json) {
    printJson({ identity, window: asTexts(options.window), vault, kubernetes, gaps });
  } else {
    const reads = [...(vault?.workloads ?? []), ...(vault?.people ?? [])];
    printSections(
      [
        { title: 'SECRETS READ', groups: reads },
        { title: 'NAMES AND VERSIONS ONLY', groups: vault?.names ?? [] },
        { title: 'CHANGES', groups: vault?.writes ?? [] },
        { title: 'DENIED OR WITHOUT RESULT', groups: vault?.refused ?? [] },
        { title: 'OTHER REQUESTS', groups: vault?.others ?? [] },
        ...kubernetesSections(kubernetes),
      ],
      true,
    );
    printCoverages(vault, kubernetes, options.window);
    printGaps(gaps);
    const found = [reads, kubernetes?.people, kubernetes?.controllers, kubernetes?.kubelets];
    print(
      `\n${conclusion(
        found.some((groups) => (groups ?? []).length > 0),
        gaps,
        `${identity} read nothing`,
      )}`,
    );
  }
  setExit(gaps);
}

/** Reads of the Secrets in the cluster are no reads of Vault. */
function unaskedGaps({ vault, kubernetes }: AuditQuery, carriers: readonly CarryingSecret[]): Gap[] {
  const names = carriers.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const gaps: Gap[] = [];
  if (!kubernetes && carriers.length > 0) {
    const message = `the API server's audit log was not asked: whoever read the Secrets that carry it (${names}) is not in this answer`;
    gaps.push({ kind: 'log', message, fix: 'add --kubernetes-log' });
  }
  if (!vault) {
    gaps.push({ kind: 'log', message: "Vault's audit log was not asked", fix: 'add --log' });
  }
  return gaps;
}

function kubernetesSections(report: KubernetesReport | undefined): Section[] {
  return report
    ? [
        { title: 'KUBERNETES: PEOPLE', groups: report.people },
        { title: 'KUBERNETES: CONTROLLERS', groups: report.controllers },
        { title: 'KUBERNETES: KUBELETS', groups: report.kubelets },
        { title: 'KUBERNETES: CHANGES', groups: report.writes },
        { title: 'KUBERNETES: DENIED', groups: report.refused },
      ]
    : [];
}

function printCoverages(
  vault: { readonly coverage: Parameters<typeof printCoverage>[1] } | undefined,
  kubernetes: KubernetesReport | undefined,
  window: TimeWindow,
): void {
  if (vault) {
    printCoverage('vault', vault.coverage, window);
  }
  if (kubernetes) {
    printCoverage('kubernetes', kubernetes.coverage, window);
  }
}
