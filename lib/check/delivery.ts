import {
  catalogReferences,
  type Environment,
  type ExternalSecretsDelivery,
  fieldId,
  secretsOfCatalog,
  secretsOfWorkload,
  workloadNames,
} from '../catalog';
import type { KubernetesClient, KubernetesObject } from '../kubernetes/client';
import { conditionOf, describeCondition } from '../kubernetes/condition';
import type { KvEngine } from '../vault/kv';
import { formatFinding, type VerifyFinding } from './finding';
import { getOrNothing } from './live-object';

/** Whether one workload has exactly its variables, and if not, why. */
export interface WorkloadDelivery {
  readonly workload: string;
  readonly namespace: string;
  readonly externalSecret: string;
  readonly secret: string;
  /** Whether the operator says that the ExternalSecret is synchronised. */
  readonly ready: boolean;
  /** The operator's words when it is not. */
  readonly reason?: string;
  /** What mends it, where that follows from the reason. */
  readonly fix?: string;
  /** When the operator last read Vault for it (RFC 3339). */
  readonly refreshTime?: string;
  /** Names of variables in the Secret. */
  readonly variables: readonly string[];
  /** Declared variables that the Secret lacks. */
  readonly missingVariables: readonly string[];
  /** Variables in the Secret that nobody declared. */
  readonly extraVariables: readonly string[];
  /** `path.field` of declared fields that Vault does not have: what the operator's message leaves out. */
  readonly missingFields: readonly string[];
}

/** Whether nothing is wrong with a delivery. */
export function isDelivered(delivery: WorkloadDelivery): boolean {
  return (
    delivery.ready &&
    delivery.missingVariables.length === 0 &&
    delivery.extraVariables.length === 0 &&
    delivery.missingFields.length === 0
  );
}

/** Compares what is delivered to each workload with what the catalog declares. Reads names, never values. */
export async function checkDelivery(
  environment: Environment<ExternalSecretsDelivery>,
  kubernetes: KubernetesClient,
  kv: KvEngine,
): Promise<WorkloadDelivery[]> {
  const missing = await missingFieldsByPath(environment, kv);
  return await Promise.all(
    Object.entries(environment.catalog.workloads).map(async ([workload, { namespace, env }]) => {
      const names = workloadNames(environment.catalog.name, workload);
      const [externalSecret, secret] = await Promise.all([
        getOrNothing(kubernetes, 'external-secrets.io/v1', 'ExternalSecret', names.externalSecret, namespace),
        getOrNothing(kubernetes, 'v1', 'Secret', names.secret, namespace),
      ]);
      const declared = Object.keys(env);
      const variables = Object.keys((secret?.data as Record<string, string> | undefined) ?? {}).sort();
      return {
        workload,
        namespace,
        externalSecret: names.externalSecret,
        secret: names.secret,
        ...readiness(externalSecret),
        variables,
        missingVariables: declared.filter((name) => !variables.includes(name)),
        extraVariables: variables.filter((name) => !declared.includes(name)),
        missingFields: secretsOfWorkload(environment.catalog, workload).flatMap(({ path }) => missing.get(path) ?? []),
      };
    }),
  );
}

/** What is wrong with a delivery, with the command that mends it. */
export function deliveryFindings(delivery: WorkloadDelivery, environmentName: string): VerifyFinding[] {
  const { workload, namespace, externalSecret, secret, missingFields, missingVariables, extraVariables } = delivery;
  const finding = (message: string, fix: string): VerifyFinding => ({
    check: 'delivery',
    object: workload,
    message,
    fix,
  });
  const describe = `kubectl describe externalsecret --namespace ${namespace} ${externalSecret}`;
  const findings = missingFields.map((field) =>
    finding(
      `Vault has no field ${field}, so ExternalSecret ${namespace}/${externalSecret} cannot be made`,
      `nivesh-secrets seed --environment ${environmentName}`,
    ),
  );
  if (!delivery.ready && missingFields.length === 0) {
    findings.push(
      finding(
        `ExternalSecret ${namespace}/${externalSecret} is not ready: ${delivery.reason ?? 'no reason given'}`,
        delivery.fix ?? describe,
      ),
    );
  }
  if (delivery.ready && missingVariables.length > 0) {
    findings.push(finding(`Secret ${namespace}/${secret} lacks ${missingVariables.join(', ')}`, describe));
  }
  if (extraVariables.length > 0) {
    findings.push(
      finding(
        `Secret ${namespace}/${secret} has undeclared ${extraVariables.join(', ')}`,
        'declare them in the catalog, or find out who writes to the Secret and delete it, so that it is made anew',
      ),
    );
  }
  return findings;
}

/** As {@link deliveryFindings}, a sentence each. */
export function explainDelivery(delivery: WorkloadDelivery, environmentName: string): string[] {
  return deliveryFindings(delivery, environmentName).map((finding) => `${formatFinding(finding)}; fix: ${finding.fix}`);
}

async function missingFieldsByPath(
  environment: Environment<ExternalSecretsDelivery>,
  kv: KvEngine,
): Promise<Map<string, string[]>> {
  const read = new Set(catalogReferences(environment.catalog).map(({ reference }) => reference.id));
  const missing = new Map<string, string[]>();
  for (const secret of secretsOfCatalog(environment.catalog)) {
    const { fields, deleted } = await kv.state(secret.path);
    const absent = [...secret.fields.keys()].filter((field) => deleted || !fields.includes(field));
    missing.set(
      secret.path,
      absent.map((field) => fieldId(secret, field)).filter((id) => read.has(id)),
    );
  }
  return missing;
}

function readiness(
  externalSecret: KubernetesObject | undefined,
): Pick<WorkloadDelivery, 'ready' | 'reason' | 'fix' | 'refreshTime'> {
  if (!externalSecret) {
    return { ready: false, reason: 'it does not exist', fix: 'apply the manifests: pulumi up' };
  }
  const condition = conditionOf(externalSecret, 'Ready');
  if (!condition) {
    return { ready: false, reason: 'the operator has not looked at it yet', fix: 'see whether the operator runs' };
  }
  const { refreshTime } = externalSecret.status as { refreshTime?: string };
  const refreshed = refreshTime === undefined ? {} : { refreshTime };
  return condition.status === 'True'
    ? { ready: true, ...refreshed }
    : { ready: false, reason: describeCondition(condition), ...refreshed };
}
