import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Delivery, Environment } from '../catalog';
import { correctionOf } from '../catalog/nearest';
import { DeclarationError } from '../catalog/problems';
import { reasonOf } from '../error-reason';
import { usageError } from './errors';

/** A checkout that uses this library: the folder whose package.json has the key `nivesh-secrets`. */
export interface Project {
  readonly root: string;
  /** Module that exports `environments`, from the root, without extension. */
  readonly environmentsModule: string;
  /** Module of the Pulumi program, from the root, without extension. */
  readonly programModule: string;
}

interface Manifest {
  readonly 'nivesh-secrets'?: { readonly environments?: string; readonly program?: string };
}

/**
 * Finds the project that a folder belongs to.
 * @throws CliError when no folder above has one
 */
export function findProject(from: string = process.cwd()): Project {
  const project = searchProject(from);
  if (!project) {
    throw usageError(
      `no project found in ${resolve(from)} or above it`,
      'run this in a project whose package.json has "nivesh-secrets": { "environments": "environments/index" }',
    );
  }
  return project;
}

/** As {@link findProject}, for what is of use without a project too. */
export function searchProject(from: string): Project | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const settings = existsSync(file) ? readManifest(file)['nivesh-secrets'] : undefined;
    if (settings) {
      return {
        root: folder,
        environmentsModule: settings.environments ?? 'environments/index',
        programModule: settings.program ?? 'stacks/index',
      };
    }
    if (folder === dirname(folder)) {
      return undefined;
    }
  }
}

function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch (error) {
    throw usageError(`${file} is not JSON: ${reasonOf(error)}`, 'correct it');
  }
}

/** Loads a module of the project, TypeScript or JavaScript. */
export function loadProjectModule(project: Project, module: string): unknown {
  const base = join(project.root, module);
  const file = ['.ts', '.js', '.cjs', '']
    .map((extension) => base + extension)
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw usageError(`${base}.ts does not exist`, 'correct "nivesh-secrets" in package.json');
  }
  if (file.endsWith('.ts')) {
    registerTypeScript();
  }
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the project is known at run time only
    return require(file) as unknown;
  } catch (error) {
    throw error instanceof DeclarationError ? error : loadingError(project, file, error);
  }
}

/** In one line, with the place in the project's own code: the stack is of no use to whoever wrote a declaration. */
function loadingError(project: Project, file: string, error: unknown): Error {
  const inProject = join(project.root, '/');
  const places = isNativeError(error) ? (error.stack ?? '').matchAll(/(\/[^()\n]+:\d+):\d+\)?$/gm) : [];
  const own = [...places]
    .map(([, place = '']) => place)
    .find((place) => place.startsWith(inProject) && !place.includes('/node_modules/'));
  const where = own === undefined ? '' : ` (${relative(project.root, own)})`;
  return usageError(
    `${relative(project.root, file)} cannot be loaded: ${summaryOf(error).replaceAll(inProject, '')}${where}`,
    (error as { code?: unknown }).code === 'ENOENT'
      ? 'make the file, or begin its path with __dirname: other paths begin where the command is run'
      : 'correct it',
  );
}

/** A compiler announces its errors in the first line. */
function summaryOf(error: unknown): string {
  const [first = '', second] = isNativeError(error) ? error.message.split('\n') : [String(error)];
  return first.endsWith(':') && second !== undefined ? second : first;
}

let registered = false;

function registerTypeScript(): void {
  if (!registered) {
    registered = true;
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only where it is needed
    (require('tsx/cjs/api') as { register: () => unknown }).register();
  }
}

/** Every environment that the project declares. */
export function loadEnvironments(project: Project): readonly Environment[] {
  const loaded = loadProjectModule(project, project.environmentsModule) as { environments?: readonly Environment[] };
  if (!Array.isArray(loaded.environments)) {
    throw usageError(
      `${project.environmentsModule} exports no list "environments"`,
      'export const environments = [local, staging, ...]',
    );
  }
  return loaded.environments as readonly Environment[];
}

/**
 * One environment by its name.
 * @throws CliError that lists the names there are
 */
export function selectEnvironment(environments: readonly Environment[], name: string): Environment {
  const found = environments.find((environment) => environment.name === name);
  if (!found) {
    const names = environments.map((environment) => environment.name);
    throw usageError(
      `unknown environment "${name}", allowed: ${names.join(', ')}`,
      correctionOf(name, names, 'correct --environment'),
    );
  }
  return found;
}

type Delivered<T extends Delivery['type']> = Environment<Extract<Delivery, { readonly type: T }>>;

const deliveryWords: Record<Delivery['type'], string> = {
  externalSecrets: 'Vault',
  sealedSecrets: 'sealed values',
  dotenv: '.env files',
  githubActions: 'secrets of GitHub Actions',
};

/**
 * One environment by its name, for a verb that serves one way of delivery.
 * @param name @default - the first one with this delivery
 * @throws CliError that lists those with this delivery
 */
export function selectDelivered<T extends Delivery['type']>(
  environments: readonly Environment[],
  type: T,
  name?: string,
): Delivered<T> {
  const isDelivered = (one: Environment): one is Delivered<T> => one.delivery.type === type;
  const candidates = environments.filter(isDelivered);
  const chosen = name === undefined ? candidates[0] : selectEnvironment(environments, name);
  if (chosen === undefined || !isDelivered(chosen)) {
    const words = deliveryWords[type];
    throw usageError(
      chosen === undefined
        ? `no environment has ${words}`
        : `environment "${chosen.name}" has no ${words}, its values are delivered by ${chosen.delivery.type}`,
      candidates.length === 0
        ? `declare one with ${type}(...) as its delivery`
        : `choose one of: ${candidates.map((candidate) => candidate.name).join(', ')}`,
    );
  }
  return chosen;
}
