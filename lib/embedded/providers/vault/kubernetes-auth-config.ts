import { textOf } from '../values';
import { tidyPath } from './paths';
import { bodyOf, type VaultResourceType } from './resource-type';

/** The configuration of a Kubernetes auth method: https://developer.hashicorp.com/vault/api-docs/auth/kubernetes. */
export const kubernetesAuthConfig: VaultResourceType = {
  fields: {
    backend: { type: 'string', default: 'kubernetes', replaces: true },
    kubernetesHost: { type: 'string', required: true },
    kubernetesCaCert: { type: 'string', computed: true },
    tokenReviewerJwt: { type: 'string', kept: true },
    pemKeys: { type: 'list' },
    issuer: { type: 'string' },
    disableIssValidation: { type: 'boolean', computed: true },
    disableLocalCaJwt: { type: 'boolean', computed: true },
    useAnnotationsAsAliasMetadata: { type: 'boolean', computed: true },
  },
  refused: ['namespace', 'tokenReviewerJwtWo', 'tokenReviewerJwtWoVersion'],
  id: ({ backend }) => `auth/${tidyPath(textOf(backend))}/config`,
  fromId: (id) => ({ backend: id.replace(/^auth\/|\/config$/g, '') }),
  async create({ client, inputs }) {
    // The published plugin sends these two even where the program does not say: false, also where Vault's default is true.
    const told = { disable_iss_validation: false, use_annotations_as_alias_metadata: false };
    const { backend, ...rest } = inputs;
    await client.write(this.id({ backend: backend ?? '' }), { ...told, ...bodyOf(this, rest) });
  },
  read: async (client, id) => await client.read(id),
  async update(context) {
    await this.create(context);
  },
  // It goes with its auth method; Vault has no way to delete it alone.
  delete: () => Promise.resolve(),
};
