import type { VaultClient } from './client';

/** How many paths one request asks about: Vault reads at most 32 MiB of a body, and a path is short. */
const pathsARequest = 500;

/**
 * What a token may do, asked by somebody else who knows its accessor
 * (https://developer.hashicorp.com/vault/api-docs/system/capabilities-accessor). The token cannot be asked itself: a
 * policy without `default` has no right to `sys/capabilities-self`, and it should not get one to be checked.
 * @returns capabilities by path, in Vault's words; empty where everything is denied
 * @throws VaultError with status 403 if the asking token lacks `update` on `sys/capabilities-accessor`
 */
export async function capabilitiesOfAccessor(
  vault: VaultClient,
  accessor: string,
  paths: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (let first = 0; first < paths.length; first += pathsARequest) {
    const asked = paths.slice(first, first + pathsARequest);
    const { data } = await vault.write<Readonly<Record<string, readonly string[] | undefined>>>(
      'sys/capabilities-accessor',
      { accessor, paths: asked },
    );
    for (const path of asked) {
      const answer = data[path];
      if (!answer) {
        throw new Error(`vault did not answer for ${path}`);
      }
      found.set(path, answer.includes('deny') ? [] : answer);
    }
  }
  return found;
}
