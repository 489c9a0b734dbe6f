import { type Catalog, compare, type Field } from '../catalog';
import { rotatableFields } from '../rotation/rotatable-fields';

/** A field whose value somebody may know, and how much that matters. */
export interface ExposedField {
  /** `path.field`. */
  readonly id: string;
  readonly path: string;
  readonly field: string;
  readonly declaration: Field;
  /** Whether the log shows that they read it. */
  readonly wasRead: boolean;
  /** Why it stands where it stands in the order. */
  readonly risk: string;
}

/** From what harms most: forging, using from anywhere, reading what is stored, needing the network as well. */
const risks: readonly { readonly words: string; readonly fits: (field: Field) => boolean }[] = [
  { words: 'signs tokens or authenticates a service', fits: ({ rotation }) => rotation.strategy === 'overlap' },
  { words: 'is accepted by an outside service, from anywhere', fits: ({ source }) => source.type === 'issued' },
  { words: 'decrypts stored data', fits: ({ rotation }) => rotation.strategy === 'keyring' },
  {
    words: 'opens a database, for whoever reaches it',
    fits: ({ rotation }) => rotation.strategy === 'alternatingUsers' || rotation.strategy === 'dualPassword',
  },
  { words: 'opens an application', fits: () => true },
];

/**
 * The fields of some paths in the order in which their values are to be replaced: what was read before what could have
 * been read, and within that by the harm that the value does. Names of accounts change with their passwords, and the
 * other value of an overlap with its field, so neither is listed.
 */
export function exposedFields(
  catalog: Catalog,
  paths: ReadonlySet<string>,
  readPaths: ReadonlySet<string>,
): ExposedField[] {
  const fields = rotatableFields(catalog)
    .filter(({ secret: { path } }) => paths.has(path) || readPaths.has(path))
    .map(({ id, secret: { path }, fieldName, declaration }) => {
      const rank = risks.findIndex(({ fits }) => fits(declaration));
      const wasRead = readPaths.has(path);
      const exposed: ExposedField = {
        id,
        path,
        field: fieldName,
        declaration,
        wasRead,
        risk: risks[rank]?.words ?? '',
      };
      return { exposed, rank: rank + (wasRead ? 0 : risks.length) };
    });
  return fields.sort((a, b) => a.rank - b.rank || compare(a.exposed.id, b.exposed.id)).map(({ exposed }) => exposed);
}
