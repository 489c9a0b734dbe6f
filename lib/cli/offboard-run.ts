import type { AccessGroup } from '../audit/access-groups';
import { byIdentity } from '../audit/by-identity';
import { exposedFields } from '../audit/exposure';
import { type Offboarding, offboardingCase, type PathReads } from '../audit/offboarding';
import { type Environment, type ExternalSecretsDelivery, secretsOfCatalog } from '../catalog';
import type { VaultClient } from '../vault/client';
import { KvEngine } from '../vault/kv';
import {
  capabilitiesOf,
  deleteLogin,
  disableEntity,
  findPerson,
  revokeToken,
  templatedPolicies,
  type VaultPerson,
} from '../vault/person';
import { askVaultLog } from './audit-options';
import { type CasePage, openCasePage, openedAtOf, writeCasePage } from './case-page';
import { connectVault } from './connections';
import { usageError } from './errors';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { rotationEnds } from './rotation-ends';

/** Options of `nivesh-secrets offboard`, as commander gives them. */
export interface OffboardFlags {
  readonly environment: string;
  readonly log?: readonly string[];
  readonly since: number;
  readonly file?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

type VaultEnvironment = Environment<ExternalSecretsDelivery>;

/** Runs `nivesh-secrets offboard`. */
export async function runOffboard(name: string, flags: OffboardFlags): Promise<void> {
  const environment = selectDelivered(loadEnvironments(findProject()), 'externalSecrets', flags.environment);
  const page = await openCasePage(flags.file ?? `offboarding-${name.replace(/[^\w.@-]+/g, '-')}.md`);
  const vault = await connectVault(environment);
  try {
    const person = await requirePerson(vault, name, page);
    const access = await accessOf(vault, environment, person);
    const reads = await readsOf(environment, person, flags);
    const after = flags.yes ? await bar(vault, person) : person;
    const offboarding = await withWhatWas(environment, vault, { page, person: after, access, reads });
    await writeCasePage(page, offboardingCase(offboarding), flags);
  } finally {
    await vault.close();
  }
}

/** Vault forgets people; a case that is open does not. */
async function requirePerson(vault: VaultClient, name: string, { memory }: CasePage): Promise<VaultPerson> {
  const found = await findPerson(vault, name);
  if (!found && !memory) {
    throw usageError(
      `vault knows nobody called "${name}": no entity, no login and no token`,
      'give the entity id, or the name with which they log in: vault list identity/entity/name',
    );
  }
  return found ?? { name, entities: [], unusedLogins: [], tokens: [], policies: [] };
}

interface Access {
  readonly readable: readonly string[];
  readonly unjudged: readonly string[];
}

async function accessOf(
  vault: VaultClient,
  { catalog, delivery }: VaultEnvironment,
  { policies }: VaultPerson,
): Promise<Access> {
  const judged = policies.filter((policy) => policy !== 'default');
  if (judged.length === 0) {
    return { readable: [], unjudged: [] };
  }
  const paths = secretsOfCatalog(catalog).map(({ path }) => path);
  const dataOf = (path: string): string => `${delivery.vault.mount}/data/${path}`;
  const capabilities = await capabilitiesOf(vault, judged, paths.map(dataOf));
  const readable = paths.filter((path) =>
    (capabilities.get(dataOf(path)) ?? []).some((capability) => capability === 'read' || capability === 'root'),
  );
  return { readable, unjudged: await templatedPolicies(vault, judged) };
}

async function readsOf(
  { delivery }: VaultEnvironment,
  person: VaultPerson,
  { log, since }: OffboardFlags,
): Promise<Offboarding['reads']> {
  if (!log) {
    return undefined;
  }
  const { mount } = delivery.vault;
  // The entity is the same behind every login; what came in without one is found by name.
  const identity = [...new Set([...person.entities.map(({ id }) => id), person.name])];
  const report = await askVaultLog(
    { log, since },
    async (question) => await byIdentity({ ...question, mount, identity }),
  );
  const reads = [...report.people, ...report.workloads].filter(({ action }) => action === 'read');
  return { since: new Date(since), paths: readsByPath(reads), gaps: report.gaps.map(({ message }) => message) };
}

function readsByPath(groups: readonly AccessGroup[]): PathReads[] {
  return [...new Set(groups.map(({ path }) => path))].map((path) => {
    const own = groups.filter((group) => group.path === path);
    return {
      path,
      count: own.reduce((sum, { count }) => sum + count, 0),
      first: new Date(Math.min(...own.map(({ first }) => Date.parse(first)))),
      last: new Date(Math.max(...own.map(({ last }) => Date.parse(last)))),
    };
  });
}

async function bar(vault: VaultClient, person: VaultPerson): Promise<VaultPerson> {
  for (const { id } of person.entities) {
    await disableEntity(vault, id);
  }
  for (const login of person.unusedLogins) {
    await deleteLogin(vault, login);
  }
  for (const { accessor } of person.tokens) {
    await revokeToken(vault, accessor);
  }
  const after = await findPerson(vault, person.name);
  return after ?? { ...person, entities: [], unusedLogins: [], tokens: [] };
}

async function withWhatWas(
  environment: VaultEnvironment,
  vault: VaultClient,
  known: { page: CasePage; person: VaultPerson; access: Access; reads: Offboarding['reads'] },
): Promise<Offboarding> {
  const { page, person, access, reads } = known;
  const now = new Date();
  const remembered = (key: string): string[] => [page.memory?.[key] ?? []].flat();
  const readable = [...new Set([...remembered('readable'), ...access.readable])].sort();
  const read = new Set([...remembered('read'), ...(reads?.paths ?? []).map(({ path }) => path)]);
  return {
    environment,
    person,
    openedAt: openedAtOf(page, now),
    now,
    readable,
    unjudged: access.unjudged,
    ...(reads ? { reads } : {}),
    exposed: exposedFields(environment.catalog, new Set(readable), read),
    rotatedAt: await rotationEnds(new KvEngine(vault, environment.delivery.vault.mount), environment.catalog),
  };
}
