import { posix } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';
import type { Location } from '../model';

/** A service of a Compose file, and what it gives to its program. */
export interface ComposeService {
  readonly name: string;
  readonly location: Location;
  /** @default - its image is not built from the repository */
  readonly build?: { readonly folder: string };
  readonly image?: string;
  /** Names under `environment`. */
  readonly environment: readonly string[];
  /** Paths of its `env_file`s from the root. */
  readonly envFiles: readonly string[];
  /** Whether it runs the image's own command, and all of it is in this file. */
  readonly plain: boolean;
}

/** Reads the services of a Compose file; none where it is no YAML, which another rule reports. */
export function readServices(path: string, text: string): ComposeService[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  if (document.errors.length > 0 || !isMap(document.contents)) {
    return [];
  }
  const folder = posix.dirname(path);
  return Object.entries(mapOf(mapOf(document.toJS({ maxAliasCount: 100 })).services)).map(([name, value]) => {
    const service = mapOf(value);
    const context = textOf(service.build) ?? textOf(mapOf(service.build).context);
    const image = textOf(service.image);
    return {
      name,
      location: { file: path, line: lineOfService(document.get('services'), name, lines) },
      ...(context !== undefined &&
        !/^[a-z+]+:|^git@|\$/.test(context) && {
          build: { folder: posix.join(folder, context).replace(/(.)\/$/, '$1') },
        }),
      ...(image !== undefined && { image }),
      environment: namesOf(service.environment),
      envFiles: [service.env_file]
        .flat()
        .flatMap((file) => textOf(file) ?? textOf(mapOf(file).path) ?? [])
        .map((file) => posix.join(folder, file)),
      plain: service.command === undefined && service.entrypoint === undefined && service.extends === undefined,
    };
  });
}

function lineOfService(services: unknown, name: string, lines: LineCounter): number {
  const pair = isMap(services)
    ? services.items.find(({ key }) => isScalar(key) && String(key.value) === name)
    : undefined;
  const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  return offset === undefined ? 1 : lines.linePos(offset).line;
}

/** A map, or a list of `NAME=value` and `NAME`. */
function namesOf(environment: unknown): string[] {
  return Array.isArray(environment)
    ? listOf(environment).flatMap((entry) => textOf(entry)?.split('=', 1)[0] ?? [])
    : Object.keys(mapOf(environment));
}
