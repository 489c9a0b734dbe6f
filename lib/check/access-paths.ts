import { compare, type Environment, type ExternalSecretsDelivery, secretsOfCatalog } from '../catalog';
import { journalPath } from '../rotation/journal';
import { rotatableFields } from '../rotation/rotatable-fields';
import type { PolicyRule } from '../vault/policy';
import { accessOfEnvironment } from '../vault/workload-access';

/** A name that nobody uses: what it may do, a wildcard grants. */
const unused = 'nivesh-secrets-neighbour';

/** The interfaces of the KV version 2 engine beside `data` (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2). */
const otherInterfaces = ['metadata', 'subkeys', 'delete', 'undelete', 'destroy'] as const;

/** What tokens may do with themselves, others and identities: enough to take more rights, or to look around. */
const tokenPaths = [
  'auth/token/create',
  'auth/token/create-orphan',
  'auth/token/lookup',
  'auth/token/lookup-accessor',
  'auth/token/renew-self',
  'auth/token/revoke',
  'auth/token/accessors/',
  'identity/entity',
  'identity/group',
  'cubbyhole/unused',
];

/** Where Vault is administered. */
const systemPaths = [
  'sys/policies/acl/',
  'sys/policy',
  'sys/auth',
  'sys/mounts',
  'sys/audit',
  'sys/audit-hash/file',
  'sys/capabilities',
  'sys/capabilities-self',
  'sys/capabilities-accessor',
  'sys/leases/lookup',
  'sys/remount',
  'sys/raw/',
  'sys/rotate',
  'sys/seal',
  'sys/storage/raft/snapshot',
  'sys/tools/hash',
  'sys/wrapping/wrap',
  'sys/internal/ui/mounts',
];

/**
 * Every path that a proof asks Vault about, for every workload alike: each secret of the catalog under every interface
 * of the engine, the journals of its rotations, what is beside, above and below it, what a wildcard would reach, and where rights are given. Sorted.
 */
export function pathsToAsk(environment: Environment<ExternalSecretsDelivery>): string[] {
  const { mount, auth } = environment.delivery.vault;
  const access = accessOfEnvironment(environment);
  return sortedOnce([
    ...secretsOfCatalog(environment.catalog).flatMap(({ path }) => neighboursOf(mount, path)),
    ...['', 'config', 'data', 'data/', 'metadata', 'metadata/', unused].map((name) => `${mount}/${name}`),
    ...rotatableFields(environment.catalog).map((field) => `${mount}/data/${journalPath(field)}`),
    `data/${mount}`,
    `${unused}/data/${unused}`,
    ...access.flatMap(({ policy, role }) => [
      ...policy.rules.map(({ path }) => path),
      `sys/policies/acl/${policy.name}`,
      `sys/policy/${policy.name}`,
      `auth/${auth.mount}/role/${role.name}`,
    ]),
    ...['config', 'login', 'role', 'role/', `role/${unused}`].map((name) => `auth/${auth.mount}/${name}`),
    `sys/auth/${auth.mount}`,
    `sys/mounts/${mount}`,
    `sys/policies/acl/${unused}`,
    ...tokenPaths,
    ...systemPaths,
  ]);
}

/** One secret under every interface, and the paths around it under those that hold or list values. */
function neighboursOf(mount: string, path: string): string[] {
  const parents = path
    .split('/')
    .slice(0, -1)
    .map((_, index, segments) => segments.slice(0, index + 1).join('/'));
  const around = [
    path,
    `${path}/`,
    `${path}/${unused}`,
    `${path}-${unused}`,
    path.slice(0, -1),
    ...parents.flatMap((parent) => [parent, `${parent}/`, `${parent}/${unused}`]),
  ].filter((one) => one !== '' && !one.startsWith('/'));
  return [
    ...['data', 'metadata'].flatMap((prefix) => around.map((one) => `${mount}/${prefix}/${one}`)),
    ...otherInterfaces.map((prefix) => `${mount}/${prefix}/${path}`),
    // The paths of the engine's version 1, as a policy written for it would have them.
    `${mount}/${path}`,
  ];
}

/**
 * What rules with exact paths allow at a path, in Vault's words; nothing where they do not name it. Vault answers for a
 * path with a slash at its end, which only listing has, what it would for the same path without
 * (https://github.com/hashicorp/vault/blob/main/vault/acl.go, `AllowOperation`).
 */
export function capabilitiesOf(rules: readonly PolicyRule[], path: string): readonly string[] {
  const rule =
    rules.find((candidate) => candidate.path === path) ?? rules.find((candidate) => `${candidate.path}/` === path);
  return rule?.capabilities ?? [];
}

function sortedOnce(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort(compare);
}
