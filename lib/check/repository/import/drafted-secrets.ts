import { compare } from '../../../catalog';
import { rotationPath } from '../../../catalog/rotation';
import { fieldKind, type FieldKind } from './field-kind';
import type { RemoteField } from './origin';
import { identifier } from './typescript';

/** A field of the draft. */
export interface DraftedField {
  readonly name: string;
  readonly kind: FieldKind;
  /** What a person has to decide or to do. */
  readonly notes: ReadonlySet<string>;
}

/** A secret of the draft. */
export interface DraftedSecret {
  readonly path: string;
  readonly variable: string;
  readonly fields: readonly DraftedField[];
  readonly notes: readonly string[];
}

interface Growing {
  readonly raw: string;
  /** Name in the source to name in the draft. */
  readonly names: Map<string, string>;
  readonly notes: Map<string, Set<string>>;
}

/** Collects the fields that workloads read, and gives each one name that a catalog takes. */
export class DraftedSecrets {
  private readonly secrets = new Map<string, Growing>();

  constructor(
    private readonly catalogName: string,
    /** Names that constants cannot have. */
    private readonly reserved: ReadonlySet<string>,
  ) {}

  /** A field as it is called where it comes from. @returns what {@link reference} takes */
  add({ path, property }: RemoteField, note?: string): RemoteField & { readonly property: string } {
    const own = property ?? 'value';
    const secret: Growing = this.secrets.get(path) ?? { raw: path, names: new Map(), notes: new Map() };
    this.secrets.set(path, secret);
    if (!secret.names.has(own)) {
      secret.names.set(own, free(fieldName(own), new Set(secret.names.values()), '_'));
    }
    const notes = secret.notes.get(own) ?? new Set<string>();
    secret.notes.set(own, notes);
    if (note !== undefined) {
      notes.add(note);
    }
    if (property === undefined) {
      notes.add('was read as a whole, as JSON: name the field that the program needs');
    }
    return { path, property: own };
  }

  /** Whether a field of this name comes from a secret store. */
  has(path: string, property: string): boolean {
    return this.secrets.get(path)?.names.has(property) ?? false;
  }

  /** Code that names a field, once all have been added. */
  references(): (field: RemoteField & { readonly property: string }) => string {
    const variables = new Map(this.drafted().map(({ raw, variable }) => [raw, variable]));
    return ({ path, property }) => `${variables.get(path) ?? ''}.${this.secrets.get(path)?.names.get(property) ?? ''}`;
  }

  /** Every secret, sorted by path, its fields by name. */
  drafted(): (DraftedSecret & { readonly raw: string })[] {
    const paths = new Set<string>();
    const variables = new Set(this.reserved);
    const account = identifier(this.catalogName);
    return [...this.secrets.values()]
      .sort((a, b) => compare(a.raw, b.raw))
      .map(({ raw, names, notes }) => {
        const path = free(vaultPath(raw, this.catalogName), paths, '-');
        const short = identifier(path.slice(path.lastIndexOf('/') + 1));
        const variable = free(variables.has(short) ? identifier(path) : short, variables, '');
        paths.add(path);
        variables.add(variable);
        return {
          raw,
          path,
          variable,
          fields: [...names]
            .map(([own, name]) => ({
              name,
              kind: fieldKind(name, account),
              notes: new Set([
                ...(name === own || own === 'value'
                  ? []
                  : [`was called ${JSON.stringify(own)}: copy the value to this name`]),
                ...(notes.get(own) ?? []),
                ...(/(?:database|postgres|postgresql|mongo|mongodb|clickhouse|redis|amqp)_(?:url|uri|dsn)$/i.test(name)
                  ? ['holds a password in a URL: declare user and password, and compose it, so that it can be rotated']
                  : []),
              ]),
            }))
            .sort((a, b) => compare(a.name, b.name)),
          notes:
            path === raw ? [] : [`was ${JSON.stringify(raw)}, which is no path of a catalog: copy its values here`],
        };
      });
  }
}

function free(wanted: string, taken: ReadonlySet<string>, separator: string): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) {
    name = `${wanted}${separator}${number}`;
  }
  return name;
}

function fieldName(property: string): string {
  return property.replace(/[^A-Za-z0-9_]/g, '_').replace(/^([^A-Za-z])/, 'f_$1');
}

function vaultPath(raw: string, catalogName: string): string {
  const segments = raw
    .split('/')
    .map((segment) => segment.replace(/[^A-Za-z0-9_-]/g, '-').replace(/^[^A-Za-z0-9]+/, ''))
    .filter((segment) => segment !== '');
  const [first = catalogName] = segments;
  return ['data', 'metadata', rotationPath].includes(first) || segments.length === 0
    ? [catalogName, ...segments].join('/')
    : segments.join('/');
}
