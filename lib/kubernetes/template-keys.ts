import { compare } from '../catalog';

/** Between the alias of a Vault path and the name of a field. An alias never contains it, so a key has one reading. */
const separator = '__';

/**
 * Short names of Vault paths inside one ExternalSecret, where two paths may hold a field of the same name.
 * An alias is the last segment of its path; paths whose last segments are alike are named in full, and what is still
 * alike is numbered. It is a part of a Go identifier: letters, digits and single underscores, beginning with a letter.
 * @param paths Vault paths in any order
 * @returns path to alias, the same for the same set of paths
 */
export function pathAliases(paths: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(paths)].sort(compare);
  const uses = new Map<string, number>();
  for (const path of sorted) {
    const short = shortAlias(path);
    uses.set(short, (uses.get(short) ?? 0) + 1);
  }
  const taken = new Set<string>();
  return new Map(
    sorted.map((path) => {
      const short = shortAlias(path);
      const alias = free(uses.get(short) === 1 ? short : identifier(path), taken);
      taken.add(alias);
      return [path, alias];
    }),
  );
}

function free(wanted: string, taken: ReadonlySet<string>): string {
  let alias = wanted;
  for (let index = 2; taken.has(alias); index += 1) {
    alias = `${wanted}_${index}`;
  }
  return alias;
}

function shortAlias(path: string): string {
  return identifier(path.slice(path.lastIndexOf('/') + 1));
}

function identifier(text: string): string {
  const words = text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .join('_');
  return /^[A-Za-z]/.test(words) ? words : `k${words}`;
}

/**
 * Key of one field in the data of an ExternalSecret's template: `postgres__password`.
 * It is a Go identifier, because only `.name` fails for a missing key; `index . "name"` yields an empty text
 * (https://pkg.go.dev/text/template#Template.Option).
 */
export function templateKey(alias: string, fieldName: string): string {
  return `${alias}${separator}${fieldName}`;
}

/** The rewrite that turns every field of one Vault path into its template key. */
export function keyRewrite(alias: string): { readonly source: string; readonly target: string } {
  return { source: '^(.*)$', target: `${templateKey(alias, '')}$1` };
}
