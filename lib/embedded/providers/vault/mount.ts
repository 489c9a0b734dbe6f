import { isMap, type PropertyMap, textOf } from '../values';
import { bodyOf, type VaultResourceType } from './resource-type';
import { goneAnswer, inUse, tidyPath } from './paths';

const fields = {
  path: { type: 'string', required: true },
  type: { type: 'string', required: true, replaces: true },
  description: { type: 'string' },
  defaultLeaseTtlSeconds: { type: 'number', vault: 'default_lease_ttl', computed: true },
  maxLeaseTtlSeconds: { type: 'number', vault: 'max_lease_ttl', computed: true },
  auditNonHmacRequestKeys: { type: 'list', computed: true },
  auditNonHmacResponseKeys: { type: 'list', computed: true },
  listingVisibility: { type: 'string' },
  passthroughRequestHeaders: { type: 'list' },
  allowedResponseHeaders: { type: 'list' },
  options: { type: 'map' },
  local: { type: 'boolean', replaces: true },
  sealWrap: { type: 'boolean', replaces: true, computed: true },
} as const satisfies VaultResourceType['fields'];

const tuned = [
  'auditNonHmacRequestKeys',
  'auditNonHmacResponseKeys',
  'listingVisibility',
  'passthroughRequestHeaders',
  'allowedResponseHeaders',
] as const;

/** The lives of leases are sent always: 0 is the system's default. */
function leases(inputs: PropertyMap): PropertyMap {
  return {
    default_lease_ttl: `${Number(inputs.defaultLeaseTtlSeconds ?? 0)}s`,
    max_lease_ttl: `${Number(inputs.maxLeaseTtlSeconds ?? 0)}s`,
  };
}

interface MountAnswer {
  readonly config: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** A secrets engine: https://developer.hashicorp.com/vault/api-docs/system/mounts. */
export const mount: VaultResourceType = {
  fields,
  refused: [
    'allowedManagedKeys',
    'delegatedAuthAccessors',
    'externalEntropyAccess',
    'forceNoCache',
    'identityTokenKey',
    'namespace',
    'pluginVersion',
  ],
  outputs: ['accessor'],
  fixed: ['path'],
  // Vault calls such a mount kv, and would seem to have another type.
  check: ({ type }) =>
    type === 'kv-v2' ? [{ property: 'type', reason: 'must be kv with options { version: "2" }, got "kv-v2"' }] : [],
  id: ({ path }) => textOf(path),
  fromId: (path) => ({ path }),
  async create({ client, inputs }) {
    const path = this.id(inputs);
    await inUse(path, () =>
      client.write(`sys/mounts/${tidyPath(path)}`, {
        ...bodyOf(this, inputs, ['type', 'description', 'options', 'local', 'sealWrap']),
        config: { ...leases(inputs), ...bodyOf(this, inputs, tuned) },
      }),
    );
  },
  async read(client, id) {
    const found = await goneAnswer(() => client.read<MountAnswer>(`sys/mounts/${tidyPath(id)}`));
    return found && { ...found, ...found.config };
  },
  async update({ client, inputs }, changed) {
    const names = [...tuned, 'description'].filter((name) => changed.has(name));
    await client.write(`sys/mounts/${tidyPath(this.id(inputs))}/tune`, {
      ...leases(inputs),
      options: isMap(inputs.options) ? inputs.options : {},
      ...bodyOf(this, inputs, names),
    });
  },
  delete: async (client, id) => {
    await client.delete(`sys/mounts/${tidyPath(id)}`);
  },
};
