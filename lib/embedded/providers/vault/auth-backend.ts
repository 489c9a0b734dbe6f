import { textOf } from '../values';
import { goneAnswer, inUse, tidyPath } from './paths';
import { bodyOf, type VaultResourceType } from './resource-type';

/** An auth method: https://developer.hashicorp.com/vault/api-docs/system/auth. */
export const authBackend: VaultResourceType = {
  fields: {
    type: { type: 'string', required: true, replaces: true },
    path: { type: 'string', computed: true },
    description: { type: 'string' },
    local: { type: 'boolean', replaces: true },
  },
  refused: ['disableRemount', 'identityTokenKey', 'namespace', 'tune'],
  outputs: ['accessor'],
  schemaVersion: 1,
  fixed: ['path'],
  check: ({ path }) =>
    typeof path === 'string' && path !== tidyPath(path)
      ? [{ property: 'path', reason: `must have no slash at its ends, got "${path}"` }]
      : [],
  id: ({ path, type }) => textOf(path ?? type),
  fromId: (path) => ({ path }),
  async create({ client, inputs }) {
    const path = this.id(inputs);
    const body = bodyOf(this, inputs, ['type', 'description', 'local']);
    await inUse(path, () => client.write(`sys/auth/${path}`, body));
  },
  read: async (client, id) => await goneAnswer(() => client.read(`sys/auth/${id}`)),
  async update({ client, inputs }) {
    await client.write(`sys/auth/${this.id(inputs)}/tune`, { description: inputs.description ?? '' });
  },
  delete: async (client, id) => {
    await client.delete(`sys/auth/${id}`);
  },
};
