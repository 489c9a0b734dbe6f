import { checkEnvironment } from './check-environment';
import { type Environment, type TokenReviewer, usesExternalSecrets, type VaultCa } from './environment';
import { quoted, throwProblems } from './problems';

/** Where a declared environment runs this time: another Vault, another cluster. What it delivers stays the same. */
export interface EnvironmentOverrides {
  readonly vaultAddress?: string | undefined;
  readonly vaultCa?: VaultCa | undefined;
  readonly kubernetesHost?: string | undefined;
  /** PEM. */
  readonly kubernetesCaCert?: string | undefined;
  readonly reviewer?: TokenReviewer | undefined;
  /** Folder on the Vault server into which the files of audit devices move. */
  readonly auditDirectory?: string | undefined;
}

/**
 * The environment at another place, checked again.
 * @throws DeclarationError if the environment has no Vault, or if the result is not usable
 */
export function overrideEnvironment<E extends Environment>(environment: E, overrides: EnvironmentOverrides): E {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  if (given.length === 0) {
    return environment;
  }
  if (!usesExternalSecrets(environment)) {
    throwProblems(`environment ${quoted(environment.name)}`, [
      {
        path: `environments.${environment.name}`,
        what: 'the environment has no Vault that could be elsewhere',
        got: given.map(([name]) => name).join(', '),
        allowed: 'these settings on environments with externalSecrets(...) as their delivery',
        fix: 'remove them from the stack configuration',
      },
    ]);
    return environment;
  }
  const { delivery } = environment;
  const { vault } = delivery;
  const { auth } = vault;
  const { auditDirectory } = overrides;
  const moved = {
    ...environment,
    delivery: {
      ...delivery,
      vault: {
        ...vault,
        address: overrides.vaultAddress ?? vault.address,
        ca: overrides.vaultCa ?? vault.ca,
        auth: {
          ...auth,
          reviewer: overrides.reviewer ?? auth.reviewer,
          kubernetesHost: overrides.kubernetesHost ?? auth.kubernetesHost,
          ...(overrides.kubernetesCaCert === undefined ? {} : { kubernetesCaCert: overrides.kubernetesCaCert }),
        },
        audit: vault.audit.map((device) => ({
          ...device,
          filePath: auditDirectory === undefined ? device.filePath : moveFile(device.filePath, auditDirectory),
        })),
      },
    },
  };
  checkEnvironment(moved);
  return moved;
}

/** `stdout` is no file and stays where it is. */
function moveFile(filePath: string, directory: string): string {
  const name = filePath.slice(filePath.lastIndexOf('/') + 1);
  return filePath.startsWith('/') ? `${directory.replace(/\/+$/, '')}/${name}` : filePath;
}
