import { compare } from '../../../catalog';
import { label } from '../../../catalog/usable-names';
import { meet } from '../source-index';
import type { LocatedObject } from '../model';
import { draftEnvironment, type DraftedEnvironment } from './drafted-environment';
import { DraftedSecrets } from './drafted-secrets';
import { type DraftedWorkload, DraftedWorkloads, isNamespace } from './drafted-workloads';
import { findWorkloads, type FoundWorkload } from './found-workloads';
import { comment, identifier, importOf, key, quote } from './typescript';

/** Every name that a draft may import or export. */
const reserved: ReadonlySet<string> = new Set([
  'defineCatalog',
  'defineEnvironment',
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
 * Drafts a catalog and one environment as a TypeScript module, from what manifests say: names and never a value. It is
 * formatted as prettier does it, and the same for the same manifests.
 * @returns nothing where no workload reads a secret
 */
export function draftCatalog(objects: readonly LocatedObject[]): CatalogDraft | undefined {
  const named = objects.flatMap(({ environment }) => environment ?? []);
  const places = [...new Set(named)].sort(compare);
  const place = ['production', 'staging'].find((usual) => places.includes(usual)) ?? mostFrequent(named);
  const own = objects.filter((object) => place === undefined || meet(object, { ...object, environment: place }));
  const found = findWorkloads(own);
  const namespace =
    mostFrequent(found.flatMap((workload) => workload.namespace ?? []).filter(isNamespace)) ?? 'default';
  const name = catalogName(found);
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
    secrets: secrets.drafted(),
    workloads: drafted,
    environment: draftEnvironment(environmentName(place), own),
    others: places.filter((other) => other !== place),
    notes: workloads.notes,
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
  /** Environments that were not read. */
  readonly others: readonly string[];
  readonly notes: readonly string[];
}

function print(draft: Draft): string {
  const { name, constant, secrets, workloads, environment, others, notes } = draft;
  const uses = new Set<string>([
    'defineCatalog',
    'defineEnvironment',
    'externalSecrets',
    'vaultSecret',
    'workload',
    ...secrets.flatMap(({ fields }) => fields.map(({ kind }) => kind.use)),
    ...workloads.flatMap(({ variables }) => variables.flatMap(({ code }) => code.uses)),
  ]);
  return [
    ...importOf([...uses].sort(compare), 'nivesh-secrets'),
    '',
    ...comment(
      'Drafted by "nivesh-secrets check --import" from the manifests of this repository. Read it before you use it: how each value is made is a guess from its name, and every comment is something to decide. Remove the comments then.',
    ),
    ...(others.length === 0
      ? []
      : comment(`It is what ${environment.name} has. Declare beside it what is different in ${others.join(', ')}.`)),
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
    '    delivery: externalSecrets({',
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
