import { textOf } from '../values';
import { inUse, tidyPath } from './paths';
import { bodyOf, type VaultResourceType } from './resource-type';

/** An audit device: https://developer.hashicorp.com/vault/api-docs/system/audit. */
export const audit: VaultResourceType = {
  fields: {
    type: { type: 'string', required: true, replaces: true },
    path: { type: 'string', replaces: true, computed: true },
    description: { type: 'string', replaces: true },
    local: { type: 'boolean', replaces: true, kept: true },
    options: { type: 'map', required: true, replaces: true },
  },
  refused: ['namespace'],
  id: ({ path, type }) => textOf(path ?? type),
  fromId: (path) => ({ path }),
  async create({ client, inputs }) {
    const body = bodyOf(this, inputs, ['type', 'description', 'local', 'options']);
    const path = tidyPath(this.id(inputs));
    await inUse(path, () => client.request('PUT', `sys/audit/${path}`, body));
  },
  async read(client, id) {
    const devices = await client.read<Record<string, Record<string, unknown>>>('sys/audit');
    return devices?.[`${tidyPath(id)}/`];
  },
  delete: async (client, id) => {
    await client.delete(`sys/audit/${tidyPath(id)}`);
  },
};
