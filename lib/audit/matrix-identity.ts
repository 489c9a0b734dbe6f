import type { AccessGrant } from './access-matrix';

/** Who reads and how, in words, for every column that a report has for it. */
export interface IdentityColumns {
  readonly delivery: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly vaultRole: string;
  readonly vaultPolicy: string;
}

const noVault = 'no Vault';

/** The identity columns of a grant. Where there is no Vault, they say so, and `delivery` says what decides instead. */
export function identityColumns({ identity }: Pick<AccessGrant, 'identity'>): IdentityColumns {
  const without = { namespace: '', serviceAccount: noVault, vaultRole: noVault, vaultPolicy: noVault };
  switch (identity.type) {
    case 'vault': {
      const { namespace, serviceAccount, vaultRole, vaultPolicy, vaultPath } = identity;
      return { delivery: `Vault ${vaultPath}`, namespace, serviceAccount, vaultRole, vaultPolicy };
    }
    case 'sealedSecrets':
      return {
        ...without,
        delivery: `SealedSecret ${identity.secret} (${identity.scope})`,
        namespace: identity.namespace,
      };
    case 'dotenv':
      return { ...without, delivery: `file ${identity.file}` };
    case 'githubActions':
      return { ...without, delivery: `GitHub Actions of ${identity.repository}` };
  }
}
