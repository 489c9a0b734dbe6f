import type { Environment, ExternalSecretsDelivery } from '../catalog';
import type { VaultClient } from '../vault/client';
import { kubernetesAuthConfig } from '../vault/kubernetes-auth-config';
import { accessOfEnvironment, type AccessPolicy, type KubernetesRole } from '../vault/workload-access';
import { describe, type DriftReport } from './cluster-drift';
import { valueDrift } from './drift';
import type { VerifyFinding } from './finding';

/** Policies, roles, and the configuration of the auth method, where somebody changed them by hand. */
export async function vaultDrift(
  environment: Environment<ExternalSecretsDelivery>,
  vault: VaultClient,
): Promise<DriftReport> {
  const { auth } = environment.delivery.vault;
  const fix = `pulumi up --stack ${environment.name}`;
  const access = accessOfEnvironment(environment);
  const findings: VerifyFinding[] = [];
  for (const { policy, role } of access) {
    const text = (await vault.read<{ policy: string }>(`sys/policies/acl/${policy.name}`))?.policy;
    findings.push(...policyDrift(policy, text, fix));
    const live = await vault.read(`auth/${auth.mount}/role/${role.name}`);
    findings.push(...settingsDrift(`role ${role.name}`, roleSettings(role), live, fix));
  }
  const { kubernetesHost, kubernetesCaCert, disableLocalCaJwt } = kubernetesAuthConfig(auth);
  findings.push(
    ...settingsDrift(
      `auth method ${auth.mount}`,
      {
        kubernetes_host: kubernetesHost,
        ...(kubernetesCaCert === undefined ? {} : { kubernetes_ca_cert: kubernetesCaCert }),
        disable_local_ca_jwt: disableLocalCaJwt,
      },
      await vault.read(`auth/${auth.mount}/config`),
      fix,
    ),
  );
  return { compared: access.length * 2 + 1, findings };
}

/** Lines of a policy that are gone or were added: it has no line twice but those that close a rule. */
function policyDrift({ name, text }: AccessPolicy, live: string | undefined, fix: string): VerifyFinding[] {
  const finding = (message: string): VerifyFinding => ({ check: 'drift', object: `policy ${name}`, message, fix });
  if (live === undefined) {
    return [finding('it does not exist')];
  }
  if (live.trim() === text.trim()) {
    return [];
  }
  const rulesOf = (policy: string): string[] =>
    [...policy.matchAll(/path\s+"([^"]*)"\s*\{([^}]*)\}/g)].map(
      ([, path = '', body = '']) => `path "${path}" { ${body.trim().replace(/\s+/g, ' ')} }`,
    );
  const [declared, found] = [rulesOf(text), rulesOf(live)];
  const changes = [
    ...declared.filter((rule) => !found.includes(rule)).map((rule) => `${rule} is gone`),
    ...found.filter((rule) => !declared.includes(rule)).map((rule) => `${rule} was added`),
  ];
  return (changes.length > 0 ? changes : ['its text was changed']).map(finding);
}

/** What a role must say, under Vault's names. Settings that nobody declares must not widen it. */
function roleSettings(role: KubernetesRole): Readonly<Record<string, unknown>> {
  return {
    bound_service_account_names: role.boundServiceAccountNames,
    bound_service_account_namespaces: role.boundServiceAccountNamespaces,
    bound_service_account_namespace_selector: '',
    audience: role.audience,
    token_policies: role.tokenPolicies,
    token_ttl: role.tokenTtl,
    token_max_ttl: role.tokenMaxTtl,
    token_no_default_policy: role.tokenNoDefaultPolicy,
    token_period: 0,
    token_explicit_max_ttl: 0,
    alias_name_source: role.aliasNameSource,
  };
}

function settingsDrift(
  object: string,
  declared: Readonly<Record<string, unknown>>,
  live: Readonly<Record<string, unknown>> | undefined,
  fix: string,
): VerifyFinding[] {
  if (!live) {
    return [{ check: 'drift', object, message: 'it does not exist', fix }];
  }
  return Object.entries(declared).flatMap(([setting, value]) =>
    valueDrift(setting, asSent(value), asSent(live[setting])).map((drift): VerifyFinding => ({
      check: 'drift',
      object,
      field: drift.field,
      message: describe(drift.declared, drift.live, false),
      fix,
    })),
  );
}

/** PEM texts come back without their last line end, or with it. */
function asSent(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() : value;
}
