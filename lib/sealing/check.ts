import { DeclarationError, type Duration, type Problem, quoted, workloadNames } from '../catalog';
import { certificateProblems, type SealingCertificate } from './certificate';
import { certificatePath, certificatesOf, type SealedEnvironment } from './seal-environment';
import { type CommittedFile, sealedPath } from './sealed-folder';
import type { SealedFile } from './sealed-file';

/**
 * Everything that CI can say about an environment's committed values without a key and without a cluster: certificates,
 * names, scopes, missing and undeclared variables.
 * @param committed see `readSealedFolder`
 */
export function checkSealed(
  environment: SealedEnvironment,
  committed: ReadonlyMap<string, CommittedFile>,
  options: { readonly now?: Date; readonly warning?: Duration } = {},
): Problem[] {
  const { certificates, problems } = readDeclared(environment);
  const { workloads } = environment.catalog;
  return [
    ...problems,
    ...certificateProblems(certificates, certificatePath(environment), options),
    ...Object.keys(workloads).flatMap((workload) => workloadProblems(environment, workload, committed.get(workload))),
    ...[...committed].flatMap(([workload, { path, file }]) => [
      ...(Object.hasOwn(workloads, workload) ? [] : [strayFile(path, workload, Object.keys(workloads))]),
      ...(file ? certificateOfEntries(path, file, certificates) : []),
    ]),
  ];
}

/** What keeps the committed values of one workload from becoming its Secret. */
export function workloadProblems(
  environment: SealedEnvironment,
  workload: string,
  committed: CommittedFile | undefined,
): Problem[] {
  if (!committed) {
    return [
      {
        path: sealedPath(environment.name, workload),
        what: 'no value of the workload is sealed',
        got: 'no file',
        allowed: 'one SealedSecret a workload',
        fix: `${sealCommand(environment, workload)} --input FILE`,
      },
    ];
  }
  return [
    ...placeProblems(environment, workload, committed),
    ...(committed.file ? variableProblems(environment, workload, committed.file) : []),
  ];
}

/** Why a committed file cannot open where the environment puts it, whatever is in it. */
export function placeProblems(
  environment: SealedEnvironment,
  workload: string,
  { path, file, problems }: CommittedFile,
): Problem[] {
  if (!file) {
    return [...problems];
  }
  const { catalog, delivery } = environment;
  const namespace = catalog.workloads[workload]?.namespace ?? '';
  const name = workloadNames(catalog.name, workload).sealedSecret;
  const seal = sealCommand(environment, workload);
  const misplaced: Problem = {
    path,
    what: 'the sealed values belong to another Secret, so they do not open under strict scope',
    got: quoted(`${file.namespace}/${file.name}`),
    allowed: quoted(`${namespace}/${name}`),
    fix: `give every value again: ${seal} --input FILE`,
  };
  const scoped: Problem = {
    path,
    what: 'the scope of the file is not the scope of the environment',
    got: quoted(file.scope),
    allowed: quoted(delivery.scope),
    fix: `correct the environment, or give every value again: ${seal} --input FILE`,
  };
  return [
    ...problems,
    ...(file.name === name && file.namespace === namespace ? [] : [misplaced]),
    ...(file.scope === delivery.scope ? [] : [scoped]),
  ];
}

function variableProblems(environment: SealedEnvironment, workload: string, file: SealedFile): Problem[] {
  const env = environment.catalog.workloads[workload]?.env ?? {};
  const path = sealedPath(environment.name, workload);
  const seal = sealCommand(environment, workload);
  return [
    ...Object.keys(env)
      .filter((variable) => !file.entries.has(variable))
      .map((variable) => ({
        path: `${path}: ${variable}`,
        what: 'the variable is declared and not sealed',
        got: 'no value',
        allowed: 'one sealed value a declared variable',
        fix: `${seal} --input FILE`,
      })),
    ...[...file.entries.keys()]
      .filter((variable) => !Object.hasOwn(env, variable))
      .map((variable) => ({
        path: `${path}: ${variable}`,
        what: 'the variable is sealed and not declared',
        got: quoted(variable),
        allowed: Object.keys(env).join(', '),
        fix: `declare it, or leave it out: ${seal} --generate`,
      })),
  ];
}

function sealCommand({ name }: SealedEnvironment, workload: string): string {
  return `nivesh-secrets seal --environment ${name} --workload ${workload}`;
}

function strayFile(path: string, workload: string, workloads: readonly string[]): Problem {
  return {
    path,
    what: 'the file belongs to no workload of the catalog',
    got: quoted(workload),
    allowed: workloads.map(quoted).join(', '),
    fix: 'delete it; a renamed workload needs its values sealed again',
  };
}

/** The controller keeps old keys, but a certificate that nobody names any more is one that somebody meant to leave. */
function certificateOfEntries(path: string, file: SealedFile, certificates: readonly SealingCertificate[]): Problem[] {
  const known = new Set(certificates.map(({ id }) => id));
  return [...file.entries].flatMap(([variable, { certificate }]): Problem[] =>
    certificate === undefined || known.size === 0 || known.has(certificate)
      ? []
      : [
          {
            path: `${path}: ${variable}`,
            what: 'the value is sealed for a certificate that the environment does not name',
            got: certificate,
            allowed: [...known].join(', '),
            fix: 'nivesh-secrets seal --reseal, or give the value again',
          },
        ],
  );
}

function readDeclared(environment: SealedEnvironment): {
  certificates: SealingCertificate[];
  problems: readonly Problem[];
} {
  try {
    return { certificates: certificatesOf(environment), problems: [] };
  } catch (error) {
    if (error instanceof DeclarationError) {
      return { certificates: [], problems: error.problems };
    }
    throw error;
  }
}
