import { brandKey, hasBrand } from './brand';
import { FieldReference } from './vault-secret';

/** A piece of a derived value. */
export type ValuePart =
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'field'; readonly reference: FieldReference; readonly encoding: 'none' | 'url' }
  | { readonly type: 'host'; readonly name: string; readonly port: number };

/**
 * A value composed of fields at delivery: in External Secrets Operator's template and in `.env` files alike.
 * What it is made of is stored once.
 */
export class DerivedValue {
  static {
    Object.defineProperty(this.prototype, brandKey('DerivedValue'), { value: true });
  }

  static [Symbol.hasInstance](candidate: unknown): boolean {
    return hasBrand(candidate, 'DerivedValue');
  }

  constructor(readonly parts: readonly ValuePart[]) {}

  get references(): FieldReference[] {
    return this.parts.flatMap((part) => (part.type === 'field' ? [part.reference] : []));
  }
}

/** What a workload's environment variable holds: a field as it is stored, or something composed of fields. */
export type EnvironmentValue = FieldReference | DerivedValue;

/** The fields that an environment variable needs. */
export function referencesOf(value: EnvironmentValue): FieldReference[] {
  return value instanceof FieldReference ? [value] : value.references;
}

/** A server that an environment may map to another address (a laptop's `localhost`). */
export class Host {
  static {
    Object.defineProperty(this.prototype, brandKey('Host'), { value: true });
  }

  static [Symbol.hasInstance](candidate: unknown): boolean {
    return hasBrand(candidate, 'Host');
  }

  constructor(
    readonly name: string,
    readonly port: number,
  ) {}
}

/** A server by the name it has in the cluster. */
export function host(name: string, port: number): Host {
  return new Host(name, port);
}

/**
 * A URL with fields in it, each percent-encoded: ``url`amqp://${mq.username}:${mq.password}@${host('mq', 5672)}/` ``.
 */
export function url(literals: TemplateStringsArray, ...values: readonly (FieldReference | Host)[]): DerivedValue {
  return new DerivedValue(
    literals.flatMap((text, index) => {
      const value = values[index];
      const parts: ValuePart[] = text === '' ? [] : [{ type: 'literal', text }];
      if (value instanceof Host) {
        parts.push({ type: 'host', name: value.name, port: value.port });
      } else if (value) {
        parts.push({ type: 'field', reference: value, encoding: 'url' });
      }
      return parts;
    }),
  );
}

/** Several fields in one variable, for example the accepted API keys: `joined([ml.api_key, ml.api_key.previous])`. */
export function joined(references: readonly FieldReference[], separator = ','): DerivedValue {
  return new DerivedValue(
    references.flatMap((reference, index): ValuePart[] => [
      ...(index === 0 ? [] : [{ type: 'literal', text: separator } as const]),
      { type: 'field', reference, encoding: 'none' },
    ]),
  );
}

/** Where a database is and who logs in. */
export interface DatabaseUrlOptions {
  readonly user: FieldReference;
  readonly password: FieldReference;
  /** Host name in the cluster; environments may map it. */
  readonly host: string;
  /** @default - the database's usual port */
  readonly port?: number;
  readonly database: string;
  /** Query parameters of the connection, for example `{ authSource: 'admin' }`. @default - none */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Scheme of the URL, for drivers that want another one. @default - the database's own */
  readonly scheme?: string;
}

function databaseUrl(scheme: string, port: number, options: DatabaseUrlOptions): DerivedValue {
  const query = new URLSearchParams(options.parameters).toString();
  const end = `/${encodeURIComponent(options.database)}${query === '' ? '' : `?${query}`}`;
  const { parts } = url`://${options.user}:${options.password}@${host(options.host, options.port ?? port)}`;
  return new DerivedValue([
    { type: 'literal', text: options.scheme ?? scheme },
    ...parts,
    { type: 'literal', text: end },
  ]);
}

/** `postgresql://user:password@host:5432/database`, which Prisma, SQLAlchemy and libpq read. */
export function postgresUrl(options: DatabaseUrlOptions): DerivedValue {
  return databaseUrl('postgresql', 5432, options);
}

/** `mongodb://user:password@host:27017/database`. Users made in `admin` need `parameters: { authSource: 'admin' }`. */
export function mongodbUrl(options: DatabaseUrlOptions): DerivedValue {
  return databaseUrl('mongodb', 27017, options);
}
