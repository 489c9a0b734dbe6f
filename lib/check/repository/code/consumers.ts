import { listOf, mapOf } from '../../../plain-data';
import type { ComposeService } from '../../compose-services';
import { partOf, textOf } from '../data';
import { type EnvFile, envFileOf } from '../env-files';
import type { LocatedObject, Location, ObjectPath, Repository } from '../model';
import { containersOf, type LocatedContainer } from '../references';
import { describeObject, indexOf } from '../source-index';
import { type CodeComponent, componentOfImage } from './component';

/** What runs a program of the repository, and which variables it gives to it. */
export interface Consumer {
  readonly component: CodeComponent;
  /** Such as `Deployment shop/backend`. */
  readonly description: string;
  readonly location: Location;
  /** Names with the place that gives them. */
  readonly given: ReadonlyMap<string, Location>;
  /** Whether all that it gives is known. */
  readonly complete: boolean;
}

const known = new WeakMap<Repository, readonly Consumer[]>();

/** Everything in a repository that runs a program of it, found once for all rules. */
export function consumersOf(repository: Repository): readonly Consumer[] {
  const consumers = known.get(repository) ?? [
    ...containerConsumers(repository.objects, repository.components),
    ...serviceConsumers(repository.services, repository.envFiles, repository.components),
  ];
  known.set(repository, consumers);
  return consumers;
}

/** The containers of a repository's workloads that run a program of it by the image's own command. */
function containerConsumers(objects: readonly LocatedObject[], components: readonly CodeComponent[]): Consumer[] {
  return objects.flatMap((object) =>
    containersOf(object).flatMap((located): Consumer[] => {
      const { container } = located;
      const component = componentOfImage(textOf(container.image) ?? '', components);
      if (component === undefined || container.command !== undefined || container.args !== undefined) {
        return [];
      }
      return [
        {
          component,
          description: describeObject(object),
          location: object.locate([...located.path, 'name']),
          ...givenTo(objects, object, located),
        },
      ];
    }),
  );
}

function givenTo(
  objects: readonly LocatedObject[],
  object: LocatedObject,
  { container, path }: LocatedContainer,
): Pick<Consumer, 'given' | 'complete'> {
  const given = new Map<string, Location>();
  let complete = true;
  const give = (name: string, place: ObjectPath): void => {
    given.set(name, object.locate([...path, ...place]));
  };
  listOf(container.envFrom).forEach((source, index) => {
    const prefix = textOf(mapOf(source).prefix) ?? '';
    const keys = sourceKeys(objects, object, source);
    complete &&= keys !== undefined;
    for (const key of keys ?? []) {
      give(`${prefix}${key}`, ['envFrom', index]);
    }
  });
  listOf(container.env).forEach((variable, index) => {
    const name = textOf(mapOf(variable).name);
    if (name !== undefined) {
      give(name, ['env', index, 'name']);
    }
  });
  return { given, complete };
}

/** The keys of the Secret or ConfigMap that a container takes all variables from, where they are known. */
function sourceKeys(
  objects: readonly LocatedObject[],
  object: LocatedObject,
  source: unknown,
): readonly string[] | undefined {
  for (const [field, kind] of [
    ['secretRef', 'Secret'],
    ['configMapRef', 'ConfigMap'],
  ] as const) {
    const name = textOf(partOf(source, [field, 'name']));
    if (name !== undefined) {
      const made = indexOf(objects).named(kind, name, object);
      const keys = made.map((one) => one.keys);
      return made.length === 0 || keys.includes(undefined) ? undefined : keys.flatMap((list) => list ?? []);
    }
  }
  return undefined;
}

/** The services of Compose files that build a program of the repository. */
function serviceConsumers(
  services: readonly ComposeService[],
  envFiles: readonly EnvFile[],
  components: readonly CodeComponent[],
): Consumer[] {
  return services.flatMap((service): Consumer[] => {
    const { name, location, build, plain } = service;
    const environment = [...service.environment].map(([variable, given]) => [variable, given.location] as const);
    const component = components.find(({ folder }) => folder === build?.folder);
    if (component === undefined || !plain) {
      return [];
    }
    const files = service.envFiles.map((path) => envFileOf(path, envFiles));
    const fromFiles = files.flatMap((file) =>
      (file?.entries ?? []).map((entry) => [entry.name, { file: file?.path ?? '', line: entry.line }] as const),
    );
    return [
      {
        component,
        description: `service ${name}`,
        location,
        given: new Map([...fromFiles, ...environment]),
        complete: !files.includes(undefined),
      },
    ];
  });
}
