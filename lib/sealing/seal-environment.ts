import {
  type Catalog,
  catalogReferences,
  compare,
  type Environment,
  FieldReference,
  type Problem,
  quoted,
  readersOf,
  type Reference,
  type SealedSecretsDelivery,
  secretsOfCatalog,
  throwProblems,
  workloadNames,
} from '../catalog';
import { correctionOf } from '../catalog/nearest';
import { describeShape, matchValue } from '../dotenv/field-values';
import { generateValue } from '../values/generate';
import { checkIssuedFormat } from '../values/issued-format';
import type { SecretValue } from '../values/secret-value';
import { currentCertificate, readCertificates, type SealingCertificate } from './certificate';
import { type SealResult, sealWorkload } from './seal-workload';
import { type CommittedFile, sealedPath } from './sealed-folder';
import { type FieldValues, type VariableValue, variableValues } from './variable-values';

/** An environment whose values are sealed. */
export type SealedEnvironment = Environment<SealedSecretsDelivery>;

/** Certificates of an environment; see {@link readCertificates}. */
export function certificatesOf(environment: SealedEnvironment): SealingCertificate[] {
  return readCertificates(environment.delivery.certificate, certificatePath(environment));
}

/** Where the certificates are declared, for messages. */
export function certificatePath({ name }: SealedEnvironment): string {
  return `environments.${name}.delivery.certificate`;
}

/** See {@link sealEnvironment}. */
export interface SealOptions {
  /** What is committed, by workload. */
  readonly committed: ReadonlyMap<string, CommittedFile>;
  /** Values of fields, by `path.field`. @default - none */
  readonly given?: FieldValues;
  /** Final values of variables, by workload and variable. @default - none */
  readonly raw?: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>;
  /** Whether to generate fields that were not given and that no workload has. @default false */
  readonly generate?: boolean;
  /** Workloads to seal for. @default - all */
  readonly workloads?: readonly string[];
  /** A reason to refuse a given value that is not a name, for example that it looks like an example. @default - none */
  readonly refuse?: (value: SecretValue) => string | undefined;
  readonly now?: Date;
}

/** What {@link sealEnvironment} made. */
export interface SealOutcome {
  readonly workloads: ReadonlyMap<string, SealResult>;
  /** Fields that were generated, by `path.field`, so that they can be kept elsewhere. */
  readonly generated: FieldValues;
  /** Other sealed variables of the same fields, which this run did not look at. */
  readonly others: readonly Reference[];
}

/**
 * Seals values for the workloads of an environment. Nothing is written: the caller does that, or does not.
 * @throws DeclarationError with everything that is wrong with the request, the committed files or the certificate
 */
export function sealEnvironment(environment: SealedEnvironment, options: SealOptions): SealOutcome {
  const { catalog, hosts, name } = environment;
  const workloads = options.workloads ?? Object.keys(catalog.workloads);
  throwProblems(`sealing for environment ${quoted(name)}`, [
    ...checkWorkloads(catalog, workloads),
    ...checkGiven(catalog, options),
    ...checkRaw(catalog, options),
    ...workloads.flatMap((workload) => options.committed.get(workload)?.problems ?? []),
  ]);
  const generated = options.generate ? generateFields(environment, workloads, options) : new Map<string, SecretValue>();
  const fields = new Map([...(options.given ?? []), ...generated]);
  const certificate = currentCertificate(certificatesOf(environment), certificatePath(environment), options.now);
  const composed = new Map(workloads.map((workload) => [workload, variableValues(catalog, workload, fields, hosts)]));
  throwProblems(
    `sealing for environment ${quoted(name)}`,
    [...composed.values()].flatMap(({ problems }) => problems),
  );
  const results = new Map(
    workloads.map((workload) => {
      const values = new Map([...(composed.get(workload)?.values ?? []), ...rawValues(catalog, workload, options)]);
      return [workload, sealOne(environment, workload, certificate, values, options)];
    }),
  );
  return { workloads: results, generated, others: otherReaders(environment, results, options) };
}

function sealOne(
  environment: SealedEnvironment,
  workload: string,
  certificate: SealingCertificate,
  values: ReadonlyMap<string, VariableValue>,
  { committed }: SealOptions,
): SealResult {
  const { catalog, delivery, name } = environment;
  const declaration = catalog.workloads[workload];
  const existing = committed.get(workload)?.file;
  return sealWorkload({
    namespace: declaration?.namespace ?? '',
    name: workloadNames(catalog.name, workload).sealedSecret,
    scope: delivery.scope,
    certificate,
    variables: Object.keys(declaration?.env ?? {}),
    values,
    path: sealedPath(name, workload),
    ...(existing ? { existing } : {}),
  });
}

function rawValues(catalog: Catalog, workload: string, { raw }: SealOptions): [string, VariableValue][] {
  return [...(raw?.get(workload) ?? [])].flatMap(([variable, value]): [string, VariableValue][] => {
    const declared = catalog.workloads[workload]?.env[variable];
    const fields = declared && matchValue(declared, value.reveal())?.fields;
    const known = fields && variableValues(catalog, workload, fields, {}).values.get(variable);
    return known ? [[variable, { ...known, value }]] : [];
  });
}

/** Reports names that are no workload of the catalog. */
export function checkWorkloads(catalog: Catalog, workloads: readonly string[]): Problem[] {
  return workloads
    .filter((workload) => !Object.hasOwn(catalog.workloads, workload))
    .map((workload) => ({
      path: 'workload',
      what: 'no such workload in the catalog',
      got: quoted(workload),
      allowed: Object.keys(catalog.workloads).map(quoted).join(', '),
      fix: correctionOf(workload, Object.keys(catalog.workloads)),
    }));
}

function checkGiven(catalog: Catalog, { given = new Map<string, SecretValue>(), refuse }: SealOptions): Problem[] {
  const references = new Map(catalogReferences(catalog).map(({ reference }) => [reference.id, reference]));
  return [...given]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([id, value]): Problem[] => {
      const reference = references.get(id);
      if (!reference) {
        return [
          {
            path: id,
            what: 'no workload reads such a field',
            got: quoted(id),
            allowed: [...references.keys()].sort(compare).join(', '),
            fix: correctionOf(id, [...references.keys()], 'correct the name, or leave it out'),
          },
        ];
      }
      return checkValue(id, value, reference, refuse);
    });
}

function checkRaw({ workloads }: Catalog, { raw, refuse }: SealOptions): Problem[] {
  return [...(raw ?? [])].flatMap(([workload, values]) => {
    // An unknown one is reported where the names of workloads are checked.
    const env = Object.hasOwn(workloads, workload) ? workloads[workload]?.env : undefined;
    return [...values].flatMap(([variable, value]): Problem[] => {
      if (!env) {
        return [];
      }
      const declared = Object.hasOwn(env, variable) ? env[variable] : undefined;
      if (!declared) {
        return [
          {
            path: `workloads.${workload}.env.${variable}`,
            what: 'no such variable in the catalog',
            got: quoted(variable),
            allowed: Object.keys(env).join(', '),
            fix: correctionOf(variable, Object.keys(env), 'correct the name, or declare the variable'),
          },
        ];
      }
      const path = `workloads.${workload}.env.${variable}`;
      return matchValue(declared, value.reveal())
        ? checkValue(path, value, declared instanceof FieldReference ? declared : undefined, refuse)
        : [
            {
              path,
              what: 'the value is not composed as the variable is',
              got: 'a value that is not shown',
              allowed: describeShape(declared),
              fix: 'give the whole value, each part of a URL percent-encoded',
            },
          ];
    });
  });
}

function checkValue(
  path: string,
  value: SecretValue,
  reference: FieldReference | undefined,
  refuse: SealOptions['refuse'],
): Problem[] {
  const source = reference?.declaration.source;
  const wrong =
    unusable(value.reveal()) ??
    (source?.type === 'issued' ? checkIssuedFormat(source.format, value) : undefined) ??
    (source?.type === 'username' ? undefined : refuse?.(value));
  return wrong === undefined
    ? []
    : [
        {
          path,
          what: wrong,
          got: 'a value that is not shown',
          allowed:
            source?.type === 'issued' ? `what ${source.by} issues, format ${source.format}` : 'the value as it is used',
          fix: 'give the real value',
        },
      ];
}

/** An environment variable is a C string in UTF-8. */
function unusable(text: string): string | undefined {
  if (text === '') {
    return 'the value is empty';
  }
  if (text.includes('\0')) {
    return 'the value has a NUL byte, which no environment variable can hold';
  }
  return text.includes('\uFFFD') ? 'the value is not UTF-8 text, which an environment variable is' : undefined;
}

/**
 * Values for fields that nobody has yet. A field that some workload has sealed already cannot be generated: nobody can
 * read its value back, and a second one would not be the same.
 */
function generateFields(
  environment: SealedEnvironment,
  workloads: readonly string[],
  { committed, given }: SealOptions,
): Map<string, SecretValue> {
  const { catalog } = environment;
  const problems: Problem[] = [];
  const generated = new Map<string, SecretValue>();
  for (const secret of secretsOfCatalog(catalog)) {
    for (const [fieldName, { source }] of secret.fields) {
      const id = `${secret.path}.${fieldName}`;
      const readers = readersOf(catalog, secret.path, fieldName);
      const isSealed = ({ workload, variable }: Reference): boolean =>
        committed.get(workload)?.file?.entries.has(variable) ?? false;
      const value =
        !given?.has(id) && readers.some(({ workload }) => workloads.includes(workload)) && !readers.some(isSealed)
          ? generateValue(source)
          : undefined;
      const others = readers.filter(({ workload }) => !workloads.includes(workload)).map(({ workload }) => workload);
      if (value && others.length > 0) {
        problems.push({
          path: id,
          what: 'a generated value would not reach every workload that reads it',
          got: `only ${workloads.join(', ')}`,
          allowed: `together with ${[...new Set(others)].join(', ')}`,
          fix: 'leave --workload out, or give the value',
        });
      } else if (value) {
        generated.set(id, value);
      }
    }
  }
  throwProblems(`generating for environment ${quoted(environment.name)}`, problems);
  return generated;
}

/** Where the fields of newly sealed variables are committed too, but were not looked at in this run. */
function otherReaders(
  { catalog }: SealedEnvironment,
  results: ReadonlyMap<string, SealResult>,
  { raw, committed }: SealOptions,
): Reference[] {
  const references = catalogReferences(catalog);
  const changed = new Set(
    references
      .filter(({ workload, variable }) => results.get(workload)?.sealed.includes(variable))
      .map(({ reference }) => reference.id),
  );
  return references.filter(
    ({ workload, variable, reference }) =>
      changed.has(reference.id) &&
      !(raw ? raw.get(workload)?.has(variable) : results.has(workload)) &&
      committed.get(workload)?.file?.entries.has(variable),
  );
}
