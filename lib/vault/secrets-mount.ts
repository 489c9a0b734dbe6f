import { type Problem, quoted, throwProblems } from '../catalog';
import type { VaultClient } from './client';

/** A secrets engine that Vault has already. */
export interface ExistingMount {
  readonly type: string;
  /** Version of a KV engine. */
  readonly version?: string;
  readonly description: string;
}

/** Description of a mount that was made here: how it is known again after its stack was destroyed. */
export function mountDescription(catalogName: string): string {
  return `secrets of ${catalogName}, kept by nivesh-secrets`;
}

interface MountAnswer {
  readonly type: string;
  readonly description?: string;
  readonly options?: Readonly<Record<string, string>> | null;
}

/** The secrets engine at a path; nothing where there is none. Needs `read` on `sys/mounts`. */
export async function findMount(client: VaultClient, path: string): Promise<ExistingMount | undefined> {
  const mounts = await client.read<Record<string, MountAnswer | undefined>>('sys/mounts');
  const found = mounts?.[`${path}/`];
  return found
    ? {
        type: found.type,
        description: found.description ?? '',
        ...(found.options?.version === undefined ? {} : { version: found.options.version }),
      }
    : undefined;
}

/**
 * Whether a stack takes over the mount that exists (`import`) or makes one (`create`). A stack that was destroyed leaves
 * its mount, with the values in it, so the next one must find it again.
 * @throws DeclarationError if the mount cannot hold our secrets, or if it is somebody else's
 */
export function mountAction(
  path: string,
  catalogName: string,
  existing: ExistingMount | undefined,
  adopt: boolean,
): 'create' | 'import' {
  if (!existing) {
    return 'create';
  }
  throwProblems(`mount ${quoted(path)}`, [
    ...checkEngine(path, existing),
    ...(adopt ? [] : checkOwner(path, catalogName, existing)),
  ]);
  return 'import';
}

function checkEngine(path: string, { type, version }: ExistingMount): Problem[] {
  return type === 'kv' && version === '2'
    ? []
    : [
        {
          path: `vault.mount.${path}`,
          what: 'another secrets engine is mounted there',
          got: version === undefined ? type : `${type} version ${version}`,
          allowed: 'nothing, or the engine kv version 2',
          fix: 'choose another mount in the environment',
        },
      ];
}

function checkOwner(path: string, catalogName: string, { description }: ExistingMount): Problem[] {
  const ours = mountDescription(catalogName);
  return description === ours
    ? []
    : [
        {
          path: `vault.mount.${path}`,
          what: 'the mount exists and was not made here (its writers would have to use check-and-set from now on)',
          got: `description ${quoted(description)}`,
          allowed: `description ${quoted(ours)}`,
          fix: 'choose another mount in the environment, or take this one over: pulumi config set adoptMount true',
        },
      ];
}
