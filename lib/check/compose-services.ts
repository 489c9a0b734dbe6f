import { relative, resolve } from 'node:path';
import type { Document } from 'yaml';
import { listOf, mapOf } from '../plain-data';
import { SecretValue } from '../values/secret-value';
import type { ComposeFinding } from './compose';
import type { ComposeFile } from './compose-file';
import { includedFirst, type LoadedSet } from './compose-loader';
import { DocumentPlace } from './document-place';
import { textOf } from './repository/data';

interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A variable of a service. */
export interface ServiceVariable {
  readonly location: Place;
  /** With its variables as they are written. @default - the name alone: it is passed through */
  readonly value?: SecretValue;
}

/** A service of a Compose project as Docker Compose merges it, and what it gives to its program. */
export interface ComposeService {
  readonly name: string;
  readonly location: Place;
  /** @default - its image is not built from files here */
  readonly build?: { readonly folder: string };
  readonly image?: string;
  readonly environment: ReadonlyMap<string, ServiceVariable>;
  /** Paths of its `env_file`s from the folder of reports. */
  readonly envFiles: readonly string[];
  /** Whether it runs the image's own command, and everything that it extends is known. */
  readonly plain: boolean;
}

/**
 * The services of sets of Compose files and of what they include, by the rules of Docker Compose: a file over what it
 * includes, then `extends`, then the files of a set over each other
 * (https://docs.docker.com/reference/compose-file/merge/).
 * @param folder what paths in the answer start from
 */
export function readServices(
  entries: readonly LoadedSet[],
  folder: string,
): { readonly services: ComposeService[]; readonly findings: readonly ComposeFinding[] } {
  const reading = new Reading(folder);
  const sets = includedFirst(entries);
  // A chain of inclusions brings every service up through all of it, so none is kept after its last reader.
  const lastReaders = new Map(sets.flatMap((set) => set.included.map((inclusion) => [inclusion.set, set])));
  entries.forEach((set) => lastReaders.delete(set));
  for (const set of sets) {
    reading.read(set);
    set.included
      .filter((inclusion) => lastReaders.get(inclusion.set) === set)
      .forEach((inclusion) => {
        reading.forget(inclusion.set);
      });
  }
  // What two of them include is one service.
  const all = new Map(entries.flatMap((set) => [...reading.servicesOf(set)].map(([name, part]) => [part, name])));
  const services = [...all].map(([{ service }, name]) => ({ name, ...service }));
  return { services, findings: reading.findings };
}

/** What one place says about a service. */
interface Part {
  readonly service: Omit<ComposeService, 'name'>;
  /** Keys that count in place of what is merged, by the tags `!reset` and `!override`. */
  readonly replaced: ReadonlySet<string>;
  readonly extended?: { readonly service: string; readonly file?: string; readonly place: Place };
}

/** One over another, names by their last place. */
function merge({ service: base }: Part, { service: over, replaced }: Part): Part {
  const { build = base.build, image = base.image } = over;
  return {
    service: {
      location: over.location,
      ...(build && { build }),
      ...(image !== undefined && { image }),
      environment: replaced.has('environment') ? over.environment : new Map([...base.environment, ...over.environment]),
      envFiles: replaced.has('env_file') ? over.envFiles : [...new Set([...base.envFiles, ...over.envFiles])],
      plain: base.plain && over.plain,
    },
    replaced,
  };
}

/** One over another, where the one may still extend a third. */
function mergeKeepingExtends(below: Part, part: Part): Part {
  return { ...merge(below, part), ...(part.extended && { extended: part.extended }) };
}

/** Where a service is first written, it is. */
function placedAt({ service: { location } }: Part, part: Part): Part {
  return { ...part, service: { ...part.service, location } };
}

/** A service on the way along `extends`. */
interface Step {
  readonly set: LoadedSet;
  readonly file: ComposeFile;
  readonly name: string;
  /** Whether it is in another file than the first: what that one includes does not count. */
  readonly isElsewhere: boolean;
}

class Reading {
  readonly findings: ComposeFinding[] = [];
  private readonly parts = new Map<string, ReadonlyMap<string, Part>>();
  private readonly sets = new Map<LoadedSet, ReadonlyMap<string, Part>>();
  private readonly resolved = new Map<string, Part>();

  constructor(private readonly folder: string) {}

  /** The services of a set that is read, by name. */
  servicesOf(set: LoadedSet): ReadonlyMap<string, Part> {
    return this.sets.get(set) ?? new Map<string, Part>();
  }

  /** Reads the services of a set. What it includes has to be read before. */
  read(set: LoadedSet): void {
    const merged = new Map<string, Part>();
    for (const file of set.files) {
      const own = this.partsOf(set, file);
      const all = this.partsWithIncluded(set, file);
      for (const [name, given] of all) {
        const resolved = own.has(name) ? this.resolve({ set, file, name, isElsewhere: false }, all) : undefined;
        const part = resolved ?? given;
        const below = merged.get(name);
        merged.set(name, below ? placedAt(below, merge(below, part)) : part);
      }
    }
    this.sets.set(set, merged);
  }

  /** Lets go of the services of a set. */
  forget(set: LoadedSet): void {
    this.sets.delete(set);
  }

  /**
   * Follows `extends` to its end, then merges on the way back.
   * @param here the services of the first step's file over those that it includes
   */
  private resolve(first: Step, here: ReadonlyMap<string, Part>): Part | undefined {
    const steps = new Map<string, Part>();
    let step: Step | undefined;
    let from: Part | undefined;
    let base: Part | undefined;
    for (step = first; step; step = this.next(step, from.extended)) {
      const { set, file, name, isElsewhere } = step;
      const key = JSON.stringify([file.path, set.base, name, isElsewhere]);
      base = this.resolved.get(key);
      const part = (isElsewhere ? this.partsOf(set, file) : here).get(name);
      if (base) {
        from = undefined;
        break;
      }
      if (!part || steps.has(key)) {
        this.report(step, from?.extended?.place, part !== undefined);
        break;
      }
      steps.set(key, part);
      from = part;
    }
    // What was to come and is not known.
    const isKnown = from?.extended === undefined;
    for (const [key, part] of [...steps].reverse()) {
      const { service, replaced } = part;
      const own = { service: { ...service, plain: service.plain && isKnown }, replaced };
      base = base ? merge(base, own) : own;
      this.resolved.set(key, base);
    }
    return base;
  }

  private next({ set, file, isElsewhere }: Step, extended: Part['extended']): Step | undefined {
    if (!extended) {
      return undefined;
    }
    const { service: name, file: path } = extended;
    const other = path === undefined ? set : set.extended.get(path);
    const first = path === undefined ? file : other?.files[0];
    return other && first && { set: other, file: first, name, isElsewhere: isElsewhere || path !== undefined };
  }

  private report({ file, name }: Step, place: Place | undefined, isCircle: boolean): void {
    if (place && isCircle) {
      const message = `the service ${name} extends itself in the end`;
      this.findings.push({ rule: 'circular', ...place, message, fix: 'take one of the "extends" out' });
    } else if (place && file.documents.length > 0 && file.documents.every(({ errors }) => errors.length === 0)) {
      const message = `${file.path} has no service ${name}, which is extended here`;
      this.findings.push({ rule: 'missing-service', ...place, message, fix: 'correct its name' });
    }
  }

  /** The services of a file over those that it includes. */
  private partsWithIncluded(set: LoadedSet, file: ComposeFile): ReadonlyMap<string, Part> {
    const parts = new Map(this.partsOf(set, file));
    for (const included of set.included.filter((inclusion) => inclusion.file === file)) {
      for (const [name, below] of this.servicesOf(included.set)) {
        const part = parts.get(name);
        parts.set(name, part ? mergeKeepingExtends(below, part) : below);
      }
    }
    return parts;
  }

  private partsOf({ base }: LoadedSet, file: ComposeFile): ReadonlyMap<string, Part> {
    const key = JSON.stringify([file.path, base]);
    const known = this.parts.get(key) ?? readParts(file, base, this.folder);
    this.parts.set(key, known);
    return known;
  }
}

function readParts(file: ComposeFile, base: string, folder: string): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  for (const document of file.documents) {
    if (document.errors.length > 0) {
      continue;
    }
    const place = new DocumentPlace(file.path, document, file.lines);
    for (const [name, value] of Object.entries(mapOf(mapOf(valueOf(document)).services))) {
      const part = partOf(value, place, ['services', name], (path) => relative(folder, resolve(base, path)) || '.');
      const below = parts.get(name);
      parts.set(name, below ? mergeKeepingExtends(below, part) : part);
    }
  }
  return parts;
}

type Places = (path: readonly (string | number)[]) => Place;

function partOf(
  value: unknown,
  place: DocumentPlace,
  path: readonly string[],
  pathFrom: (path: string) => string,
): Part {
  const service = mapOf(value);
  const locate: Places = (below) => place.locate([...path, ...below]);
  const context = textOf(service.build) ?? textOf(mapOf(service.build).context);
  const image = textOf(service.image);
  const tags = ['environment', 'env_file'].map((key) => [key, place.tagOf([...path, key])] as const);
  const reset = new Set(tags.filter(([, tag]) => tag === '!reset').map(([key]) => key));
  const extended = extendedOf(service.extends, locate);
  return {
    service: {
      location: locate([]),
      ...(context !== undefined && !/^[a-z+]+:|^git@|\$/.test(context) && { build: { folder: pathFrom(context) } }),
      ...(image !== undefined && { image }),
      environment: reset.has('environment') ? new Map() : environmentOf(service.environment, locate),
      envFiles: reset.has('env_file')
        ? []
        : [service.env_file]
            .flat()
            .flatMap((file) => textOf(file) ?? textOf(mapOf(file).path) ?? [])
            .map(pathFrom),
      plain: service.command === undefined && service.entrypoint === undefined,
    },
    replaced: new Set(tags.filter(([, tag]) => tag === '!reset' || tag === '!override').map(([key]) => key)),
    ...(extended && { extended }),
  };
}

/** A map, or a list of `NAME=value` and `NAME`. */
function environmentOf(environment: unknown, locate: Places): ReadonlyMap<string, ServiceVariable> {
  const variable = (step: string | number, value: unknown): ServiceVariable => ({
    location: locate(['environment', step]),
    ...(isPlain(value) && { value: new SecretValue(String(value)) }),
  });
  return new Map(
    Array.isArray(environment)
      ? listOf(environment).flatMap((entry, index) => {
          const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(textOf(entry) ?? '') ?? [];
          return name === undefined ? [] : [[name, variable(index, value)] as const];
        })
      : Object.entries(mapOf(environment)).map(([name, value]) => [name, variable(name, value)] as const),
  );
}

/** What Docker Compose takes for a value. */
function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** `extends: name`, or with the file that the service is in. */
function extendedOf(value: unknown, locate: Places): Part['extended'] {
  const service = textOf(value) ?? textOf(mapOf(value).service);
  const file = textOf(mapOf(value).file);
  return service === undefined
    ? undefined
    : { service, ...(file !== undefined && { file }), place: locate(['extends']) };
}

/** Aliases of aliases grow without end: https://en.wikipedia.org/wiki/Billion_laughs_attack */
function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}
