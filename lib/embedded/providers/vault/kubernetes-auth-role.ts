import { isList, textOf } from '../values';
import { tidyPath } from './paths';
import { bodyOf, type VaultResourceType } from './resource-type';

/** A role of a Kubernetes auth method: https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role. */
export const kubernetesAuthRole: VaultResourceType = {
  fields: {
    backend: { type: 'string', default: 'kubernetes', replaces: true },
    roleName: { type: 'string', required: true, replaces: true },
    boundServiceAccountNames: { type: 'set', required: true },
    boundServiceAccountNamespaces: { type: 'set' },
    boundServiceAccountNamespaceSelector: { type: 'string' },
    audience: { type: 'string' },
    aliasNameSource: { type: 'string', computed: true },
    aliasMetadata: { type: 'map' },
    tokenBoundCidrs: { type: 'cidrs' },
    tokenExplicitMaxTtl: { type: 'number' },
    tokenMaxTtl: { type: 'number' },
    tokenNoDefaultPolicy: { type: 'boolean' },
    tokenNumUses: { type: 'number' },
    tokenPeriod: { type: 'number' },
    tokenPolicies: { type: 'set' },
    tokenTtl: { type: 'number' },
    tokenType: { type: 'string', default: 'default' },
  },
  refused: ['namespace'],
  check: ({ boundServiceAccountNamespaces: namespaces, boundServiceAccountNamespaceSelector: selector }) =>
    (isList(namespaces) ? namespaces.length > 0 : namespaces !== undefined) || selector
      ? []
      : [
          {
            property: 'boundServiceAccountNamespaces',
            reason: 'must name a namespace, unless boundServiceAccountNamespaceSelector is given',
          },
        ],
  id: ({ backend, roleName }) => `auth/${tidyPath(textOf(backend))}/role/${tidyPath(textOf(roleName))}`,
  fromId(id) {
    const [, backend = '', roleName = ''] = /^auth\/(.+)\/role\/([^/]+)$/.exec(id) ?? [];
    return { backend, roleName };
  },
  async create({ client, inputs }) {
    const { backend, roleName, ...rest } = inputs;
    await client.write(this.id({ backend: backend ?? '', roleName: roleName ?? '' }), bodyOf(this, rest));
  },
  read: async (client, id) => await client.read(id),
  async update(context) {
    await this.create(context);
  },
  delete: async (client, id) => {
    await client.delete(id);
  },
};
