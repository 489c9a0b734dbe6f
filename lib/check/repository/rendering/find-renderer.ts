import { findOnPath, resolveTools } from '../../../embedded/toolchain';
import { reasonOf } from '../../../error-reason';

/** A program that renders, or why there is none: one clause in lower case. */
export type FindRenderer = () => Promise<
  { readonly binary: string } | { readonly missing: string; readonly fix: string }
>;

const installation = {
  helm: 'https://helm.sh/docs/intro/install/',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
};

/** Finds helm or kubectl: on PATH, else the one that this library's own development brings. */
export function findRenderer(name: 'helm' | 'kubectl'): FindRenderer {
  return async () => {
    const binary = await findOnPath(name);
    if (binary !== undefined) {
      return { binary };
    }
    try {
      return { binary: (await resolveTools([name]))[name].path };
    } catch (error) {
      const variable = `NIVESH_SECRETS_${name.toUpperCase()}`;
      return {
        missing: process.env[variable] ? reasonOf(error) : `there is no ${name} on PATH`,
        fix: `install ${name} (${installation[name]}), or set ${variable} to its path, and check again`,
      };
    }
  };
}

/** Names of files for a message, of many only the first. */
export function listFiles(files: readonly string[]): string {
  const most = 5;
  const more = files.length - most;
  return [...files.slice(0, most), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
