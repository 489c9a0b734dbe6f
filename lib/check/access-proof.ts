import type { Environment, ExternalSecretsDelivery } from '../catalog';
import { type KubernetesClient, KubernetesError } from '../kubernetes/client';
import { requestToken } from '../kubernetes/token-request';
import { tokenAudiences } from '../kubernetes/token-audiences';
import { SecretValue } from '../values/secret-value';
import { capabilitiesOfAccessor } from '../vault/capabilities';
import { type VaultClient, VaultError } from '../vault/client';
import type { PolicyRule } from '../vault/policy';
import { accessOfEnvironment, type WorkloadAccess } from '../vault/workload-access';
import { capabilitiesOf, pathsToAsk } from './access-paths';

/** Where Vault allows something else than the catalog. */
export interface AccessDifference {
  readonly path: string;
  /** Capabilities that the catalog grants and Vault does not. */
  readonly missing: readonly string[];
  /** Capabilities that Vault grants and the catalog does not. */
  readonly extra: readonly string[];
}

/** What Vault said about one workload's identity. */
export interface AccessProof {
  readonly workload: string;
  /** `namespace/serviceaccount`. */
  readonly identity: string;
  readonly role: string;
  readonly policy: string;
  /** Why the identity could not log in with its own role; then nothing was asked. */
  readonly refused?: string;
  /** Paths that Vault was asked about. */
  readonly asked: number;
  readonly differences: readonly AccessDifference[];
  /** Policies of the token beside its own: from the role, the identity, or a group. */
  readonly otherPolicies: readonly string[];
  /** Roles of others that it tried. */
  readonly rolesTried: number;
  /** Roles of others that let it in. */
  readonly rolesOpen: readonly string[];
}

/** Both ways: what is missing, and what is too much. */
export function compareCapabilities(
  rules: readonly PolicyRule[],
  answers: ReadonlyMap<string, readonly string[]>,
): AccessDifference[] {
  const differences = new Map<string, AccessDifference>();
  for (const [path, allowed] of answers) {
    const declared = capabilitiesOf(rules, path);
    // A root token may do everything, under that one name.
    const missing = allowed.includes('root') ? [] : declared.filter((capability) => !allowed.includes(capability));
    const extra = allowed.filter((capability) => !declared.includes(capability));
    if (missing.length > 0 || extra.length > 0) {
      differences.set(path, { path, missing, extra });
    }
  }
  return [...differences.values()].filter((difference) => !isEcho(difference, differences));
}

/** Vault answers for `a/b/` what it does for `a/b` where nothing names it: one finding is enough. */
function isEcho({ path, missing, extra }: AccessDifference, all: ReadonlyMap<string, AccessDifference>): boolean {
  const same = path.endsWith('/') ? all.get(path.slice(0, -1)) : undefined;
  return same !== undefined && JSON.stringify([same.missing, same.extra]) === JSON.stringify([missing, extra]);
}

/**
 * Logs in as every workload of an environment, with a token of its own service account, and asks Vault what that may do,
 * path by path; then tries every other role of the auth method, each of which has to refuse. What was logged in is
 * logged out again. No value is read.
 * @throws VaultError, KubernetesError if the asking accounts lack a right (see `verifier-rights.ts`)
 */
export async function proveAccess(
  environment: Environment<ExternalSecretsDelivery>,
  vault: VaultClient,
  kubernetes: KubernetesClient,
): Promise<AccessProof[]> {
  const access = accessOfEnvironment(environment);
  const paths = pathsToAsk(environment);
  const existing = await vault.list(`auth/${environment.delivery.vault.auth.mount}/role`);
  const roles = [...new Set([...access.map(({ role }) => role.name), ...existing])];
  const proofs: AccessProof[] = [];
  for (const one of access) {
    // The rotator has a second role, for what it writes.
    const own = new Set(access.filter((other) => isSameIdentity(one, other)).map(({ role }) => role.name));
    const others = roles.filter((name) => !own.has(name));
    proofs.push(await new Prover(environment, one, vault).prove(kubernetes, paths, others));
  }
  return proofs;
}

function isSameIdentity({ role: one }: WorkloadAccess, { role: other }: WorkloadAccess): boolean {
  return (
    one.boundServiceAccountNames[0] === other.boundServiceAccountNames[0] &&
    one.boundServiceAccountNamespaces[0] === other.boundServiceAccountNamespaces[0]
  );
}

class Prover {
  private readonly identity: { readonly namespace: string; readonly serviceAccount: string };

  constructor(
    private readonly environment: Environment<ExternalSecretsDelivery>,
    private readonly access: WorkloadAccess,
    private readonly vault: VaultClient,
  ) {
    const { boundServiceAccountNamespaces, boundServiceAccountNames } = access.role;
    this.identity = { namespace: boundServiceAccountNamespaces[0], serviceAccount: boundServiceAccountNames[0] };
  }

  async prove(kubernetes: KubernetesClient, paths: readonly string[], others: readonly string[]): Promise<AccessProof> {
    const { workload, policy, role } = this.access;
    const { namespace, serviceAccount } = this.identity;
    const nothing: AccessProof = {
      workload,
      identity: `${namespace}/${serviceAccount}`,
      role: role.name,
      policy: policy.name,
      asked: 0,
      differences: [],
      otherPolicies: [],
      rolesTried: 0,
      rolesOpen: [],
    };
    const jwt = await this.token(kubernetes);
    if (typeof jwt === 'string') {
      return { ...nothing, refused: jwt };
    }
    const open = await Promise.all(others.map(async (name) => await this.opens(name, jwt)));
    const tried = { rolesTried: others.length, rolesOpen: others.filter((_, index) => open[index]) };
    const own = await this.logIn(role.name, jwt);
    if ('refusal' in own) {
      return { ...nothing, ...tried, refused: own.refusal };
    }
    try {
      const answers = await capabilitiesOfAccessor(this.vault, own.accessor, paths);
      return {
        ...nothing,
        ...tried,
        asked: answers.size,
        differences: compareCapabilities(policy.rules, answers),
        otherPolicies: own.policies.filter((name) => name !== policy.name),
      };
    } finally {
      await this.logOut(own.token);
    }
  }

  /** A token of the service account, or why there is none. */
  private async token(kubernetes: KubernetesClient): Promise<SecretValue | string> {
    try {
      const audiences = tokenAudiences(this.environment.delivery.vault.auth);
      return await requestToken(kubernetes, { ...this.identity, audiences });
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) {
        return error.message;
      }
      throw error;
    }
  }

  private async opens(role: string, jwt: SecretValue): Promise<boolean> {
    const answer = await this.logIn(role, jwt);
    if ('refusal' in answer) {
      return false;
    }
    await this.logOut(answer.token);
    return true;
  }

  private async logIn(
    role: string,
    jwt: SecretValue,
  ): Promise<{ token: SecretValue; accessor: string; policies: readonly string[] } | { refusal: string }> {
    const path = `auth/${this.environment.delivery.vault.auth.mount}/login`;
    try {
      const { auth } = await this.vault.write(path, { role, jwt: jwt.reveal() });
      if (!auth) {
        throw new Error(`vault answered ${path} without a token`);
      }
      return { token: new SecretValue(auth.client_token), accessor: auth.accessor, policies: auth.policies };
    } catch (error) {
      // Anything but a refusal, such as a server that is sealed or too busy, proves nothing.
      if (error instanceof VaultError && [400, 403].includes(error.status)) {
        return { refusal: error.message };
      }
      throw error;
    }
  }

  /** With its own right where it has it; a token that may not give itself back ends by itself within minutes. */
  private async logOut(token: SecretValue): Promise<void> {
    const client = this.vault.withToken(token.reveal());
    try {
      await client.write('auth/token/revoke-self');
    } catch (error) {
      if (!(error instanceof VaultError && error.status === 403)) {
        throw error;
      }
    } finally {
      await client.close();
    }
  }
}
