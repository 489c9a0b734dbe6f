import { VaultError } from '../../../vault/client';

/** A path without slashes around it. */
export function tidyPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** Vault answers 400, not 404, where nothing is mounted: that is an answer, not a failure. */
export async function goneAnswer<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (
      error instanceof VaultError &&
      error.errors.some((reason) => /^No (?:secret engine mount|auth engine) at/.test(reason))
    ) {
      return undefined;
    }
    throw error;
  }
}

/** Says how to go on where something is mounted at the path already. */
export async function inUse(path: string, request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (error instanceof VaultError && error.errors.some((reason) => reason.includes('already in use'))) {
      throw new VaultError(
        `${error.message}; take it over with the resource option import: '${path}', choose another path, or set ` +
          `deleteBeforeReplace where this resource replaces itself`,
        error.status,
        error.errors,
      );
    }
    throw error;
  }
}
