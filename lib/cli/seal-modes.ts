import { formatProblem, referencesOf } from '../catalog';
import { collectExampleValues } from '../dotenv/examples';
import { certificateProblems } from '../sealing/certificate';
import { checkSealed } from '../sealing/check';
import { ControllerError, SealedSecretsControllerClient } from '../sealing/controller-client';
import { resealEnvironment } from '../sealing/reseal';
import { certificatePath, certificatesOf, sealEnvironment, type SealOutcome } from '../sealing/seal-environment';
import type { SealResult } from '../sealing/seal-workload';
import { readSealedFolder, sealedPath, writeSealedFiles } from '../sealing/sealed-folder';
import type { SealedFile } from '../sealing/sealed-file';
import type { FieldValues } from '../sealing/variable-values';
import { refuseExamples } from '../values/refuse-examples';
import type { SecretValue } from '../values/secret-value';
import { connectKubernetes } from './connections';
import { environmentError, exitCode, usageError } from './errors';
import { print, printJson } from './output';
import type { SealCall, SealFlags } from './seal';
import { readSecretFromStdin, readSecretMap } from './secret-input';
import { writeSecretMap } from './secret-output';

/** `--input`, `--generate` and `--raw` */
export async function runSeal(call: SealCall): Promise<void> {
  const { flags, root, environment } = call;
  const raw = flags.raw === undefined ? undefined : splitRaw(flags.raw);
  const values = await readValues(flags, raw);
  const outcome = sealEnvironment(environment, {
    committed: readSealedFolder(root, environment.name),
    ...values,
    ...(raw ? { workloads: [raw.workload] } : flags.workload ? { workloads: flags.workload } : {}),
    generate: flags.generate ?? false,
    refuse: refuseExamples(environment, await collectExampleValues(call.environments, root)),
  });
  const kept = new Map([...(values.given ?? []), ...outcome.generated]);
  if (flags.keep !== undefined && kept.size > 0) {
    // First: a generated value that is sealed and not kept is known to nobody.
    await writeSecretMap(flags.keep, kept);
  }
  const written = await writeSealedFiles(root, environment.name, filesOf(outcome.workloads));
  warnOfExpiry(call);
  showSealed(call, outcome, new Set(written));
  if ([...outcome.workloads.values()].some(({ missing }) => missing.length > 0)) {
    process.exitCode = exitCode.findings;
  }
}

/** `--reseal` */
export async function runReseal({ flags, root, environment }: SealCall): Promise<void> {
  const committed = readSealedFolder(root, environment.name);
  const workloads = flags.workload ? { workloads: flags.workload } : {};
  const results = await withController(
    flags,
    async (controller) => await resealEnvironment(environment, { committed, controller, ...workloads }),
  );
  const files = new Map([...results].map(([workload, { file }]) => [workload, file] as const));
  await writeSealedFiles(root, environment.name, files);
  const lines = [...results].map(([workload, { resealed }]) => ({
    path: sealedPath(environment.name, workload),
    resealed,
  }));
  if (flags.json) {
    printJson(lines);
    return;
  }
  lines.forEach(({ path, resealed }) => {
    print(`${path}: sealed again ${resealed.join(', ')}`);
  });
  if (lines.length === 0) {
    print('every value is sealed for the newest certificate already');
  }
}

/** `--check` */
export function runCheck({ flags, root, environment }: SealCall): void {
  const problems = checkSealed(environment, readSealedFolder(root, environment.name), {
    warning: flags.expiresWithin,
  });
  if (flags.json) {
    printJson(problems);
  } else {
    problems.map(formatProblem).forEach(print);
    if (problems.length === 0) {
      print(`the sealed values of environment ${environment.name} are complete`);
    }
  }
  if (problems.length > 0) {
    process.exitCode = exitCode.findings;
  }
}

/** `--fetch-certificate` */
export async function runFetchCertificate({ flags }: SealCall): Promise<void> {
  const pem = await withController(flags, async (controller) => await controller.certificate());
  process.stdout.write(pem);
}

async function withController<T>(
  flags: SealFlags,
  work: (controller: SealedSecretsControllerClient) => Promise<T>,
): Promise<T> {
  if (flags.controller !== undefined) {
    const controller = SealedSecretsControllerClient.at(flags.controller);
    return await explained(
      'check --controller: a forwarded port, or what "nivesh-secrets platform status" shows',
      async () => await work(controller),
    );
  }
  const kubernetes = await connectKubernetes(flags);
  try {
    const service = { namespace: flags.controllerNamespace, name: flags.controllerName };
    return await explained(
      'check --controller-namespace and --controller-name, or give its address with --controller',
      async () => await work(await SealedSecretsControllerClient.through(kubernetes, service)),
    );
  } finally {
    await kubernetes.close();
  }
}

/** @param whereToLook what to do when the controller is not found */
async function explained<T>(whereToLook: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ControllerError) {
      const isFound = error.status !== 0 && error.status !== 404;
      throw environmentError(error.message, isFound ? 'see the log of the controller' : whereToLook);
    }
    throw error;
  }
}

interface RawTarget {
  readonly workload: string;
  readonly variable: string;
}

function splitRaw(raw: string): RawTarget {
  const [workload, variable, ...rest] = raw.split('.');
  if (workload === undefined || variable === undefined || variable === '' || rest.length > 0) {
    throw usageError(
      `--raw does not name one variable, got "${raw}"`,
      'write it as workload.VARIABLE, such as shop-server.JWT_SECRET',
    );
  }
  return { workload, variable };
}

async function readValues(
  flags: SealFlags,
  raw: RawTarget | undefined,
): Promise<{ given?: FieldValues; raw?: ReadonlyMap<string, ReadonlyMap<string, SecretValue>> }> {
  if (raw) {
    return { raw: new Map([[raw.workload, new Map([[raw.variable, await readSecretFromStdin()]])]]) };
  }
  return flags.input === undefined ? {} : { given: await readSecretMap(flags.input) };
}

/** A workload of which nothing is sealed has no file. */
function filesOf(results: ReadonlyMap<string, SealResult>): Map<string, SealedFile> {
  return new Map(
    [...results].flatMap(([workload, { file }]) => (file.entries.size > 0 ? [[workload, file] as const] : [])),
  );
}

function warnOfExpiry({ flags, environment }: SealCall): void {
  for (const problem of certificateProblems(certificatesOf(environment), certificatePath(environment), {
    warning: flags.expiresWithin,
  })) {
    process.stderr.write(`warning: ${formatProblem(problem)}\n`);
  }
}

function showSealed({ flags, environment }: SealCall, outcome: SealOutcome, written: ReadonlySet<string>): void {
  const files = [...outcome.workloads].map(([workload, { sealed, unverified, kept, dropped, missing }]) => {
    const path = sealedPath(environment.name, workload);
    return { workload, path, changed: written.has(path), sealed, unverified, kept, dropped, missing };
  });
  const others = outcome.others.map(({ workload, variable, reference }) => ({
    workload,
    variable,
    field: reference.id,
  }));
  if (flags.json) {
    printJson({ files, others });
    return;
  }
  for (const { workload, path, changed, sealed, unverified, kept, dropped, missing } of files) {
    const parts = [
      ...(changed ? [] : ['unchanged']),
      ...(sealed.length > 0 ? [`sealed ${sealed.join(', ')}`] : []),
      ...(dropped.length > 0 ? [`left out ${dropped.join(', ')}`] : []),
      ...(kept.length > 0 ? [`kept ${kept.length}`] : []),
    ];
    print(`${path}: ${parts.join('; ')}`);
    if (unverified.length > 0) {
      print(
        `  note: nothing that was given with ${unverified.join(', ')} tells whether it changed, so it was sealed again; give all values of ${workload} at once to keep its line`,
      );
    }
    for (const variable of missing) {
      const value = environment.catalog.workloads[workload]?.env[variable];
      print(`  missing ${variable}: give ${(value ? referencesOf(value) : []).map(({ id }) => id).join(' and ')}`);
    }
  }
  if (outcome.generated.size > 0 && flags.keep === undefined) {
    const names = [...outcome.generated.keys()].join(', ');
    print(`note: only the controller can read the generated values of ${names}; --keep <file> writes them down too`);
  }
  for (const { workload, variable, field } of others) {
    print(`note: ${workload}.${variable} holds ${field} too: seal it there as well, unless it has this value already`);
  }
}
