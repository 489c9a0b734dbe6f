import { textOf } from '../values';
import type { VaultResourceType } from './resource-type';

/** An ACL policy: https://developer.hashicorp.com/vault/api-docs/system/policies. */
export const policy: VaultResourceType = {
  fields: {
    name: { type: 'string', required: true, replaces: true },
    policy: { type: 'string', required: true },
  },
  refused: ['namespace'],
  id: ({ name }) => textOf(name),
  fromId: (name) => ({ name }),
  async create({ client, inputs }) {
    const { policy: rules } = inputs;
    await client.request('PUT', `sys/policies/acl/${this.id(inputs)}`, { policy: rules });
  },
  // The published plugin takes a policy that is gone for an empty one: refresh says "updated", and up writes it again.
  async read(client, name) {
    return { policy: '', ...(await client.read(`sys/policies/acl/${name}`)) };
  },
  async update(context) {
    await this.create(context);
  },
  async delete(client, name) {
    await client.delete(`sys/policies/acl/${name}`);
  },
};
