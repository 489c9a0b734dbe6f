import { compare } from '../../../catalog';
import { label } from '../../../catalog/usable-names';
import { meet } from '../source-index';
import type { LocatedObject } from '../model';
import { draftEnvironment, type DraftedEnvironment, draftLocalEnvironment } from './drafted-environment';
import { DraftedSecrets } from './drafted-secrets';
import { type DraftedWorkload, DraftedWorkloads, isNamespace, isUsable } from './drafted-workloads';
import type { FoundServices } from './found-services';
import { findWorkloads, type FoundWorkload } from './found-workloads';
import type { RemoteField } from './origin';
import { comment, identifier, importOf, key, quote } from './typescript';

/** Every name that a draft may import or export. */
const reserved: ReadonlySet<string> = new Set([
  'defineCatalog',
  'defineEnvironment',
  'dotenv',
  'environments',
  'externalSecrets',
  'host',
  'issued',
  'joined',
  'mongodbUrl',
  'password',
  'postgresUrl',
  'randomBase64',
  'randomHex',
  'url',
  'username',
  'vaultSecret',
  'workload',
]);

/** A catalog as the text of a TypeScript module, and how much is in it. */
export interface CatalogDraft {
  readonly text: string;
  readonly workloads: number;
  readonly secrets: number;
}

/**
 * Drafts a catalog and one environment as a TypeScript module, from what manifests say, or where these have no secret, from
 * Compose files: names and never a value. It is formatted as prettier does it, and the same for the same files.
 * @returns nothing where neither a workload nor a service reads a secret
 */
export function draftCatalog(objects: readonly LocatedObject[], services?: FoundServices): CatalogDraft | undefined {
  return draftOfManifests(objects) ?? (services && draftOfServices(services));
}

function draftOfManifests(objects: readonly LocatedObject[]): CatalogDraft | undefined {
  const named = objects.flatMap(({ environment }) => environment ?? []);
  const places = [...new Set(named)].sort(compare);
  const place = ['production', 'staging'].find((usual) => places.includes(usual)) ?? mostFrequent(named);
  const own = objects.filter((object) => place === undefined || meet(object, { ...object, environment: place }));
  const found = findWorkloads(own);
  const namespace =
    mostFrequent(found.flatMap((workload) => workload.namespace ?? []).filter(isNamespace)) ?? 'default';
  const environment = draftEnvironment(environmentName(place), own);
  const others = places.filter((other) => other !== place);
  const notes =
    others.length === 0
      ? []
      : [`It is what ${environment.name} has. Declare beside it what is different in ${others.join(', ')}.`];
  const source = 'the manifests';
  return draftFrom({ name: catalogName(found), namespace, found, source, notes, environment: () => environment });
}

function draftOfServices({ name, workloads, files }: FoundServices): CatalogDraft | undefined {
  return draftFrom({
    name,
    namespace: name,
    found: workloads,
    source: 'the Compose files',
    notes: ['Compose knows neither namespaces nor kinds: correct both before you deliver to a cluster.'],
    environment: (secrets) => {
      const reference = secrets.references();
      const isField = ([variable, { path, property }]: readonly [string, Required<RemoteField>]): boolean =>
        isUsable(variable) && secrets.has(path, property);
      return draftLocalEnvironment(
        files.map(({ variables, ...file }) => ({
          ...file,
          variables: [...variables]
            .filter(isField)
            .map(([variable, field]) => [variable, reference(field)] as const)
            .sort(([a], [b]) => compare(a, b)),
        })),
        files.flatMap(({ variables }) =>
          [...variables].filter((entry) => !isField(entry)).map(([variable]) => variable),
        ),
      );
    },
  });
}

interface DraftSource {
  readonly name: string;
  /** For workloads that say none. */
  readonly namespace: string;
  readonly found: readonly FoundWorkload[];
  /** What was read. */
  readonly source: string;
  readonly notes: readonly string[];
  readonly environment: (secrets: DraftedSecrets) => DraftedEnvironment;
}

function draftFrom({ name, namespace, found, source, notes, environment }: DraftSource): CatalogDraft | undefined {
  const wanted = identifier(name);
  const constant = reserved.has(wanted) ? `${wanted}Catalog` : wanted;
  const secrets = new DraftedSecrets(name, new Set([...reserved, constant]));
  const workloads = new DraftedWorkloads(name, secrets, namespace, found);
  const drafted = workloads.drafted();
  if (drafted.length === 0) {
    return undefined;
  }
  const text = print({
    name,
    constant,
    source,
    secrets: secrets.drafted(),
    workloads: drafted,
    environment: environment(secrets),
    notes: [...notes, ...workloads.notes],
  });
  return { text, workloads: drafted.length, secrets: secrets.drafted().length };
}

function environmentName(place = 'production'): string {
  return place.replace(/[^A-Za-z0-9]+/g, '-');
}

/** The first part of most paths, else the namespace of most workloads. */
function catalogName(found: readonly FoundWorkload[]): string {
  const paths = found.flatMap(({ variables }) =>
    variables.flatMap(({ origin }) =>
      origin.type === 'field' && origin.field.path.includes('/') ? (origin.field.path.split('/')[0] ?? []) : [],
    ),
  );
  const namespaces = found.flatMap(({ namespace }) => namespace ?? []);
  const usable = (candidate: string): boolean => label.test(candidate) && candidate.length <= 30;
  return mostFrequent(paths.filter(usable)) ?? mostFrequent(namespaces.filter(usable)) ?? 'app';
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const count = (text: string): number => texts.filter((other) => other === text).length;
  return [...new Set(texts)].sort((a, b) => count(b) - count(a) || compare(a, b))[0];
}

interface Draft {
  readonly name: string;
  readonly constant: string;
  readonly secrets: ReturnType<DraftedSecrets['drafted']>;
  readonly workloads: readonly DraftedWorkload[];
  readonly environment: DraftedEnvironment;
  /** What was read. */
  readonly source: string;
  readonly notes: readonly string[];
}

function print(draft: Draft): string {
  const { name, constant, source, secrets, workloads, environment, notes } = draft;
  const uses = new Set<string>([
    'defineCatalog',
    'defineEnvironment',
    environment.use,
    'vaultSecret',
    'workload',
    ...secrets.flatMap(({ fields }) => fields.map(({ kind }) => kind.use)),
    ...workloads.flatMap(({ variables }) => variables.flatMap(({ code }) => code.uses)),
  ]);
  return [
    ...importOf([...uses].sort(compare), 'nivesh-secrets'),
    '',
    ...comment(
      `Drafted by "nivesh-secrets check --import" from ${source} of this repository. Read it before you use it: how each value is made is a guess from its name, and every comment is something to decide. Remove the comments then.`,
    ),
    ...notes.flatMap((note) => comment(note)),
    '',
    ...secrets.flatMap(secretLines),
    '/** Which workload reads what, and where it runs. */',
    `export const ${constant} = defineCatalog({`,
    `  name: ${quote(name)},`,
    '  workloads: {',
    ...workloadLines(workloads),
    '  },',
    '});',
    '',
    ...environment.notes.flatMap((note) => comment(note)),
    'export const environments = [',
    `  defineEnvironment(${quote(environment.name)}, {`,
    `    catalog: ${constant},`,
    ...(environment.name === 'production' ? ['    production: true,'] : []),
    `    delivery: ${environment.use}({`,
    ...environment.delivery.map((line) => `      ${line}`),
    '    }),',
    '  }),',
    '];',
    '',
  ].join('\n');
}

function secretLines({ path, variable, fields, notes }: Draft['secrets'][number]): string[] {
  return [
    ...notes.flatMap((note) => comment(note)),
    `const ${variable} = vaultSecret(${quote(path)}, {`,
    ...fields.flatMap((field) => [
      ...[...field.notes].flatMap((note) => comment(note, '  ')),
      `  ${field.name}: ${field.kind.code},`,
    ]),
    '});',
    '',
  ];
}

function workloadLines(workloads: readonly DraftedWorkload[]): string[] {
  return workloads.flatMap(({ name, namespace, kind, variables, notes }) => [
    ...notes.flatMap((note) => comment(note, '    ')),
    `    ${key(name)}: workload({`,
    `      namespace: ${quote(namespace)},`,
    ...(kind === 'Deployment' ? [] : [`      kind: ${quote(kind)},`]),
    '      env: {',
    ...variables.flatMap(({ name: variable, code: { lines } }) =>
      lines.map(
        (line, index) => `        ${index === 0 ? `${variable}: ` : ''}${line}${index === lines.length - 1 ? ',' : ''}`,
      ),
    ),
    '      },',
    '    }),',
  ]);
}
