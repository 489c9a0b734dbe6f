import { compare } from '../catalog';
import { type VaultClient, VaultError } from './client';

/** A person as Vault knows them (https://developer.hashicorp.com/vault/docs/concepts/identity). */
export interface VaultPerson {
  /** What was looked for. */
  readonly name: string;
  readonly entities: readonly PersonEntity[];
  /** Logins that have no entity yet, because nobody ever came in with them. */
  readonly unusedLogins: readonly PersonLogin[];
  readonly tokens: readonly PersonToken[];
  /** Every policy that they have through an entity, a group, a login or a token, sorted. */
  readonly policies: readonly string[];
}

export interface PersonEntity {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly logins: readonly PersonLogin[];
}

/** A name under which the person comes in. */
export interface PersonLogin {
  /** Auth mount, without a slash at its end. */
  readonly mount: string;
  /** `userpass`, `oidc`, ... */
  readonly type: string;
  readonly name: string;
}

/** A live token. Its accessor names it and gives no access. */
export interface PersonToken {
  readonly accessor: string;
  readonly displayName: string;
}

interface EntityAnswer {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly policies: readonly string[] | null;
  readonly group_ids: readonly string[] | null;
  readonly aliases:
    readonly { readonly name: string; readonly mount_path: string; readonly mount_type: string }[] | null;
}

interface TokenAnswer {
  readonly accessor: string;
  readonly display_name: string;
  readonly entity_id: string;
  readonly path: string;
  readonly policies: readonly string[] | null;
  readonly identity_policies: readonly string[] | null;
}

interface AuthMount {
  readonly path: string;
  readonly type: string;
  readonly accessor: string;
}

/** How many lookups are under way at once. */
const lookupsAtOnce = 16;

/**
 * Finds everything that belongs to a person: entities by id, by name or by the name of a login on any auth mount, logins
 * that were never used, and live tokens.
 * @param name entity id, entity name, or the name with which they log in
 * @returns nothing when Vault knows nobody of this name
 * @throws VaultError when the token may not look (`identity/*`, `sys/auth`, `auth/token/accessors`, and lookups)
 */
export async function findPerson(vault: VaultClient, name: string): Promise<VaultPerson | undefined> {
  const mounts = await authMounts(vault);
  const answers = await findEntities(vault, name, mounts);
  const logins = await findLogins(vault, name, mounts);
  const tokens = await findTokens(vault, name, answers, mounts);
  if (answers.length + logins.length + tokens.length === 0) {
    return undefined;
  }
  const groups = await Promise.all(
    [...new Set(answers.flatMap(({ group_ids }) => group_ids ?? []))].map(
      async (id) => await vault.read<{ policies: string[] | null }>(`identity/group/id/${id}`),
    ),
  );
  const policies = [
    ...answers.flatMap((entity) => entity.policies ?? []),
    ...groups.flatMap((group) => group?.policies ?? []),
    ...logins.flatMap((login) => login.policies),
    ...tokens.flatMap((token) => [...(token.policies ?? []), ...(token.identity_policies ?? [])]),
  ];
  const used = new Set(answers.flatMap(({ aliases }) => aliases ?? []).map(({ mount_path }) => mountName(mount_path)));
  return {
    name,
    entities: answers.map(entityOf),
    unusedLogins: logins
      .filter(({ mount }) => !used.has(mount))
      .map(({ mount, type, name: login }) => ({ mount, type, name: login })),
    tokens: tokens.map(({ accessor, display_name }) => ({ accessor, displayName: display_name })),
    policies: [...new Set(policies)].sort(compare),
  };
}

function entityOf({ id, name, disabled, aliases }: EntityAnswer): PersonEntity {
  const logins = (aliases ?? []).map((alias) => ({
    mount: mountName(alias.mount_path),
    type: alias.mount_type,
    name: alias.name,
  }));
  return { id, name, disabled, logins };
}

/** `auth/userpass/` is the mount `userpass`. */
function mountName(path: string): string {
  return path.replace(/^auth\//, '').replace(/\/$/, '');
}

async function authMounts(vault: VaultClient): Promise<AuthMount[]> {
  const mounts = (await vault.read<Record<string, { type: string; accessor: string }>>('sys/auth')) ?? {};
  return Object.entries(mounts).map(([path, { type, accessor }]) => ({ path: mountName(path), type, accessor }));
}

async function findEntities(vault: VaultClient, name: string, mounts: readonly AuthMount[]): Promise<EntityAnswer[]> {
  const questions = [
    { name },
    ...(/^[0-9a-f-]{36}$/.test(name) ? [{ id: name }] : []),
    ...mounts.map(({ accessor }) => ({ alias_name: name, alias_mount_accessor: accessor })),
  ];
  const found = new Map<string, EntityAnswer>();
  for (const question of questions) {
    const { data } = await vault.write<Partial<EntityAnswer>>('identity/lookup/entity', question);
    // Nobody found is an empty answer.
    if (data.id !== undefined) {
      found.set(data.id, data as EntityAnswer);
    }
  }
  return [...found.values()];
}

/** Auth methods that list their people themselves. */
const userPaths: Readonly<Record<string, string>> = { userpass: 'users', ldap: 'users', okta: 'users' };

interface FoundLogin extends PersonLogin {
  readonly policies: readonly string[];
}

async function findLogins(vault: VaultClient, name: string, mounts: readonly AuthMount[]): Promise<FoundLogin[]> {
  const answers = mounts.map(async ({ path, type }): Promise<FoundLogin[]> => {
    const users = userPaths[type];
    if (users === undefined || !/^[\w.@-]+$/.test(name)) {
      return [];
    }
    const user = await vault.read<{ token_policies?: string[]; policies?: string[] }>(`auth/${path}/${users}/${name}`);
    return user
      ? [{ mount: path, type, name, policies: [...(user.token_policies ?? []), ...(user.policies ?? [])] }]
      : [];
  });
  return (await Promise.all(answers)).flat();
}

async function findTokens(
  vault: VaultClient,
  name: string,
  entities: readonly EntityAnswer[],
  mounts: readonly AuthMount[],
): Promise<TokenAnswer[]> {
  const accessors = await vault.list('auth/token/accessors');
  const ids = new Set(entities.map(({ id }) => id));
  const displayNames = new Set([name, ...mounts.map(({ path }) => `${path.replaceAll('/', '-')}-${name}`)]);
  const found: TokenAnswer[] = [];
  for (let index = 0; index < accessors.length; index += lookupsAtOnce) {
    const tokens = await Promise.all(
      accessors.slice(index, index + lookupsAtOnce).map(async (accessor) => await lookUp(vault, accessor)),
    );
    found.push(
      ...tokens.flatMap((token) =>
        token && (ids.has(token.entity_id) || displayNames.has(token.display_name)) ? [token] : [],
      ),
    );
  }
  return found;
}

/** A token may end between the list and the look. */
async function lookUp(vault: VaultClient, accessor: string): Promise<TokenAnswer | undefined> {
  try {
    return (await vault.write<TokenAnswer>('auth/token/lookup-accessor', { accessor })).data;
  } catch (error) {
    if (error instanceof VaultError && (error.status === 404 || error.status === 403) && isGone(error)) {
      return undefined;
    }
    throw error;
  }
}

function isGone({ errors }: VaultError): boolean {
  return errors.some((words) => /invalid accessor|bad token|token not found/i.test(words));
}

/**
 * What policies allow at paths, by Vault's own judgement: a token with these policies and a minute to live is made, asked
 * about, and given back. Policies that depend on the person (`{{identity...}}`) allow nothing this way.
 * @returns path to capabilities
 */
export async function capabilitiesOf(
  vault: VaultClient,
  policies: readonly string[],
  paths: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const { auth } = await vault.write('auth/token/create', {
    policies,
    ttl: '60s',
    renewable: false,
    no_default_policy: true,
    display_name: 'policy-probe',
  });
  const accessor = auth?.accessor ?? '';
  try {
    const { data } = await vault.write<Record<string, readonly string[]>>('sys/capabilities-accessor', {
      accessor,
      paths,
    });
    return new Map(paths.map((path) => [path, data[path] ?? []]));
  } finally {
    await vault.write('auth/token/revoke-accessor', { accessor });
  }
}

/** Policies that say different things about different people. */
export async function templatedPolicies(vault: VaultClient, policies: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    policies.map(async (name) => await vault.read<{ policy: string }>(`sys/policies/acl/${encodeURIComponent(name)}`)),
  );
  return policies.filter((_, index) => texts[index]?.policy.includes('{{') ?? false);
}

/** Bars every login and every token of an entity (https://developer.hashicorp.com/vault/api-docs/secret/identity/entity). */
export async function disableEntity(vault: VaultClient, id: string): Promise<void> {
  await vault.write(`identity/entity/id/${id}`, { disabled: true });
}

/** Ends a token, its children, and the leases of all of them; fine where it has ended. */
export async function revokeToken(vault: VaultClient, accessor: string): Promise<void> {
  try {
    await vault.write('auth/token/revoke-accessor', { accessor });
  } catch (error) {
    if (!(error instanceof VaultError && isGone(error))) {
      throw error;
    }
  }
}

/** Takes away a login that has no entity; fine where it is gone. */
export async function deleteLogin(vault: VaultClient, { mount, type, name }: PersonLogin): Promise<void> {
  const users = userPaths[type];
  if (users !== undefined) {
    await vault.delete(`auth/${mount}/${users}/${name}`);
  }
}
