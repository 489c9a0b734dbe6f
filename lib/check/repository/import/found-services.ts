import { basename, posix } from 'node:path';
import { compare } from '../../../catalog';
import { groupBy } from '../../../catalog/group-by';
import { templatePieces } from '../../../dotenv/compose-template';
import { isSecretName } from '../../../values/secret-name';
import type { SecretValue } from '../../../values/secret-value';
import type { ComposeService } from '../../compose-services';
import { type EnvFile, envFileOf } from '../env-files';
import type { Repository } from '../model';
import type { FoundWorkload } from './found-workloads';
import type { Origin, RemoteField } from './origin';

/** What the services of Compose files read, for a draft. */
export interface FoundServices {
  /** What Compose calls the project. */
  readonly name: string;
  readonly workloads: readonly FoundWorkload[];
  /** Files of variables that Compose reads. */
  readonly files: readonly FoundFile[];
}

/** A file of variables, and the field that each holds. */
export interface FoundFile {
  /** From the root. */
  readonly path: string;
  /** The committed file that it is written from. @default - there is none */
  readonly example?: string;
  readonly variables: ReadonlyMap<string, Required<RemoteField>>;
}

/**
 * Finds the secrets that services get, by the names of their variables and of those that fill them. Variables of one name
 * are one value in a project, as they are in its `.env`.
 * @param folder the repository's folder, which names the project as it does for Docker Compose
 */
export function findServices(
  { services, composeProjects, envFiles }: Pick<Repository, 'services' | 'composeProjects' | 'envFiles'>,
  folder: string,
): FoundServices {
  const name = projectName(folder);
  const literals = new Set(composeProjects.flatMap((project) => project.literals.map(placeKey)));
  const groups = groupServices(services, composeProjects).map(({ members, ...group }) => ({
    ...group,
    variables: new Map(members.toReversed().flatMap((service) => [...variablesOf(service, envFiles, literals)])),
  }));
  const users = groupBy(
    groups.flatMap(({ project, variables }) =>
      [...usesOf(variables).keys()].map((variable) => ({ project, variable })),
    ),
    ({ project, variable }) => JSON.stringify([project, variable]),
  );
  const fieldOf = (project: string, workload: string, variable: string): Required<RemoteField> => {
    const isShared = (users.get(JSON.stringify([project, variable])) ?? []).length > 1;
    const folders = project === '.' ? [] : [label(project)];
    return { path: [name, ...folders, isShared ? 'shared' : workload].join('/'), property: variable.toLowerCase() };
  };
  const files = new Map<string, Map<string, Required<RemoteField>>>();
  const workloads = groups.map(({ project, workload, variables }): FoundWorkload => {
    const field = (variable: string): Required<RemoteField> => fieldOf(project, workload, variable);
    for (const [variable, file] of usesOf(variables)) {
      const path = file ?? posix.join(project, '.env');
      files.set(path, (files.get(path) ?? new Map<string, Required<RemoteField>>()).set(variable, field(variable)));
    }
    const found = [...variables].map(([variable, given]) => ({ name: variable, origin: originOf(given, field) }));
    return { name: workload, namespace: name, kind: 'Deployment', variables: found, notes: [] };
  });
  return {
    name,
    workloads: workloads.filter(({ variables }) => variables.length > 0),
    files: [...files]
      .sort(([a], [b]) => compare(a, b))
      .map(([path, variables]) => ({ path, variables, ...exampleOf(path, envFiles) })),
  };
}

function exampleOf(path: string, envFiles: readonly EnvFile[]): Pick<FoundFile, 'example'> {
  const examples = envFiles.filter(({ example }) => example);
  const file = envFileOf(path, examples);
  return file ? { example: file.path } : {};
}

/** Variables of files that fill those of a service, with the file where it is not the project's `.env`. */
function usesOf(variables: ReadonlyMap<string, Given>): ReadonlyMap<string, string | undefined> {
  return new Map(
    [...variables.values()].flatMap(({ parts = [], near, file }) => [
      ...parts.flatMap((part) => ('variable' in part ? [[part.variable, file] as const] : [])),
      ...(near === undefined ? [] : [[near, file] as const]),
    ]),
  );
}

function originOf({ parts, near }: Given, field: (variable: string) => RemoteField): Origin {
  if (parts === undefined) {
    return { type: 'undecided', ...(near !== undefined && { near: field(near) }) };
  }
  const fields = parts.map((part) => ('text' in part ? part : field(part.variable)));
  const [first] = fields;
  return first && !('text' in first) && fields.length === 1
    ? { type: 'field', field: first }
    : { type: 'composed', parts: fields };
}

/** https://docs.docker.com/compose/how-tos/project-name/ */
function projectName(folder: string): string {
  const name = label(basename(folder));
  return /^[a-z]/.test(name) && name.length <= 30 ? name : 'app';
}

/** A name as a catalog takes it. */
function label(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

interface Group {
  readonly project: string;
  readonly workload: string;
  readonly members: readonly ComposeService[];
}

/** A service of one name in several files of a project is one workload. */
function groupServices(services: readonly ComposeService[], projects: Repository['composeProjects']): Group[] {
  const projectOf = new Map(
    projects.toReversed().flatMap(({ files, folder }) => files.map(({ path }) => [path, folder] as const)),
  );
  const groups = groupBy(
    services.map((service) => ({ service, project: projectOf.get(service.location.file) ?? '.' })),
    ({ service, project }) => JSON.stringify([project, label(service.name)]),
  );
  return [...groups.values()].map((members) => {
    const [{ project, service }] = members;
    return { project, workload: label(service.name), members: members.map((member) => member.service) };
  });
}

type Part = { readonly text: string } | { readonly variable: string };

/** What fills a variable of a service. */
interface Given {
  /** @default - a value that stands in a Compose file, or one that is made of more than secrets */
  readonly parts?: readonly Part[];
  /** A secret that it is made of, where there are no parts. */
  readonly near?: string;
  /** File of variables, from the root. @default - `.env` of the project */
  readonly file?: string;
}

/** The variables of a service that hold a secret, to judge by their names. */
function variablesOf(
  service: ComposeService,
  envFiles: readonly EnvFile[],
  literals: ReadonlySet<string>,
): Map<string, Given> {
  const found = new Map<string, Given>();
  for (const file of service.envFiles) {
    const names = (envFileOf(file, envFiles)?.entries ?? []).map(({ name }) => name).filter(isSecretName);
    names.forEach((name) => found.set(name, { parts: [{ variable: name }], file }));
  }
  for (const [name, { location, value }] of service.environment) {
    const parts = value === undefined ? [{ variable: name }] : partsOf(value);
    const variables = parts.flatMap((part) => ('variable' in part ? [part.variable] : []));
    const near = variables.find(isSecretName);
    found.delete(name);
    if (near !== undefined || (isSecretName(name) && variables.length > 0)) {
      const isWhole = parts.length === 1 || variables.every(isPartOfSecret);
      found.set(name, isWhole ? { parts } : { near: near ?? variables[0] ?? name });
    } else if (literals.has(placeKey({ ...location, path: name }))) {
      found.set(name, {});
    }
  }
  return found;
}

/** Users are a part of what is composed, and hosts are not. */
function isPartOfSecret(variable: string): boolean {
  return isSecretName(variable) || /(?:^|_)(?:user|username|user_name|login)$/i.test(variable);
}

/** The text and the variables of a value; nothing for one that Docker Compose refuses, which another rule reports. */
function partsOf(value: SecretValue): Part[] {
  try {
    return templatePieces(value.reveal())
      .map((piece): Part => (typeof piece === 'string' ? { text: piece } : { variable: piece.name }))
      .filter((part) => !('text' in part) || part.text !== '');
  } catch {
    return [];
  }
}

/** A place and the last name of what is there. */
function placeKey({
  file,
  line,
  path,
}: {
  readonly file: string;
  readonly line: number;
  readonly path: string;
}): string {
  return JSON.stringify([file, line, path.split('.').at(-1)]);
}
