import { findOnPath, resolveTools } from '../../../embedded/toolchain';
import { reasonOf } from '../../../error-reason';

/** A program that renders, or why there is none. */
export type FindRenderer = () => Promise<
  { readonly binary: string } | { readonly missing: string; readonly fix: string }
>;

/** Finds helm or kubectl: on PATH, else the one that this library brings for its platform. */
export function findRenderer(name: 'helm' | 'kubectl'): FindRenderer {
  return async () => {
    const binary = await findOnPath(name);
    if (binary !== undefined) {
      return { binary };
    }
    try {
      return { binary: (await resolveTools([name]))[name].path };
    } catch (error) {
      const what = name === 'helm' ? 'charts are' : 'kustomizations are';
      return {
        missing: `${what} not rendered, so their objects are not checked: there is no ${name} on PATH (${reasonOf(error)})`,
        fix: `install ${name}`,
      };
    }
  };
}
