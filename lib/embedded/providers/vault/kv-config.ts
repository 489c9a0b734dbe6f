import { setTimeout as sleep } from 'node:timers/promises';
import { VaultError } from '../../../vault/client';
import { textOf } from '../values';
import { tidyPath } from './paths';
import { bodyOf, emptyValue, type VaultContext, type VaultResourceType } from './resource-type';

const fields = {
  mount: { type: 'string', required: true, replaces: true },
  maxVersions: { type: 'number', computed: true },
  casRequired: { type: 'boolean', computed: true },
  deleteVersionAfter: { type: 'number' },
} as const satisfies VaultResourceType['fields'];

/** The configuration of a KV version 2 engine: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2. */
export const kvConfig: VaultResourceType = {
  fields,
  refused: ['namespace'],
  id: ({ mount }) => `${tidyPath(textOf(mount))}/config`,
  fromId: (id) => ({ mount: id.replace(/\/config$/, '') }),
  async create({ client, inputs }) {
    const { maxVersions, casRequired, deleteVersionAfter } = fields;
    const unset = {
      maxVersions: emptyValue(maxVersions),
      casRequired: emptyValue(casRequired),
      deleteVersionAfter: emptyValue(deleteVersionAfter),
    };
    await whenUpgraded(client, this.id(inputs), bodyOf(this, { ...unset, ...inputs }, Object.keys(unset)));
  },
  read: async (client, id) => await client.read(id),
  async update(context) {
    await this.create(context);
  },
  // It goes with its mount; Vault has no way to delete it alone.
  delete: () => Promise.resolve(),
};

/** A new engine refuses requests for a moment, while it prepares its storage. */
async function whenUpgraded(client: VaultContext['client'], path: string, body: unknown): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.write(path, body);
      return;
    } catch (error) {
      const upgrading = error instanceof VaultError && error.errors.some((reason) => reason.includes('Upgrading'));
      if (!upgrading || attempt === 20) {
        throw error;
      }
      await sleep(250);
    }
  }
}
