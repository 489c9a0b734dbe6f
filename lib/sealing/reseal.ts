import { compare, type Problem, quoted, throwProblems } from '../catalog';
import { currentCertificate, readCertificates, type SealingCertificate } from './certificate';
import { placeProblems } from './check';
import type { SealedSecretsControllerClient } from './controller-client';
import { sealedValueSize } from './format';
import { certificatePath, certificatesOf, checkWorkloads, type SealedEnvironment } from './seal-environment';
import { sealedSecretObject } from './sealed-secret';
import type { CommittedFile } from './sealed-folder';
import type { SealedEntry, SealedFile } from './sealed-file';

/** What the controller is asked for; `SealedSecretsControllerClient` is one. */
export type ResealingController = Pick<SealedSecretsControllerClient, 'certificate' | 'rotate' | 'verify'>;

/** See {@link resealEnvironment}. */
export interface ResealOptions {
  readonly committed: ReadonlyMap<string, CommittedFile>;
  readonly controller: ResealingController;
  /** @default - all */
  readonly workloads?: readonly string[];
  readonly now?: Date;
}

/** The file with its values sealed again. */
export interface ResealResult {
  readonly file: SealedFile;
  readonly resealed: readonly string[];
}

/**
 * Seals committed values for the newest certificate without their plaintext: the controller opens and seals them. Only
 * the sealed bytes of its answer are used, and it is asked afterwards whether they still open where they belong, so the
 * scope stays what it is even with a controller that would widen it (CVE-2026-22728).
 * @returns the files that change, by workload
 * @throws DeclarationError when a committed file, the certificate or the answer is not what it should be
 */
export async function resealEnvironment(
  environment: SealedEnvironment,
  { committed, controller, now, ...options }: ResealOptions,
): Promise<Map<string, ResealResult>> {
  const workloads = options.workloads ?? Object.keys(environment.catalog.workloads);
  throwProblems(`re-sealing for environment ${quoted(environment.name)}`, [
    ...checkWorkloads(environment.catalog, workloads),
    ...workloads.flatMap((workload) => {
      const file = committed.get(workload);
      return file ? placeProblems(environment, workload, file) : [];
    }),
  ]);
  const certificate = currentCertificate(certificatesOf(environment), certificatePath(environment), now);
  checkServed(environment, certificate, await controller.certificate());
  const results = new Map<string, ResealResult>();
  for (const workload of workloads) {
    const { file, path } = committed.get(workload) ?? {};
    const old = [...(file?.entries ?? [])].filter(([, entry]) => entry.certificate !== certificate.id);
    if (file && path !== undefined && old.length > 0) {
      results.set(workload, await resealFile(file, path, new Map(old), certificate, controller));
    }
  }
  return results;
}

function checkServed(environment: SealedEnvironment, certificate: SealingCertificate, servedPem: string): void {
  const [served] = readCertificates(servedPem, 'the certificate that the controller serves');
  throwProblems(
    're-sealing',
    served?.id === certificate.id
      ? []
      : [
          {
            path: certificatePath(environment),
            what: 'the controller seals for another certificate than the newest one that is committed',
            got: `committed ${certificate.id}, served ${served?.id ?? 'none'}`,
            allowed: 'the same certificate',
            fix: 'commit what "nivesh-secrets seal --fetch-certificate" prints',
          },
        ],
  );
}

async function resealFile(
  file: SealedFile,
  path: string,
  old: ReadonlyMap<string, SealedEntry>,
  certificate: SealingCertificate,
  controller: ResealingController,
): Promise<ResealResult> {
  const answer = await controller.rotate(objectOf(file, old));
  const problems = checkAnswer(path, old, answer);
  throwProblems('re-sealing', problems);
  const resealed = new Map(
    [...old].map(([variable, { keySlot, guardSlot }]): [string, SealedEntry] => [
      variable,
      {
        // The old fingerprint covers the old bytes. Only who has the value can say that these hold it.
        sealed: answer[variable] ?? '',
        certificate: certificate.id,
        ...(keySlot === undefined ? {} : { keySlot }),
        ...(guardSlot === undefined ? {} : { guardSlot }),
      },
    ]),
  );
  if (!(await controller.verify(objectOf(file, resealed)))) {
    throwProblems('re-sealing', [
      wrongAnswer(path, 'the values that the controller sealed do not open where they belong'),
    ]);
  }
  const entries = [...file.entries].map(([variable, entry]) => [variable, resealed.get(variable) ?? entry] as const);
  return { file: { ...file, entries: new Map(entries) }, resealed: [...resealed.keys()].sort(compare) };
}

function objectOf(file: SealedFile, entries: ReadonlyMap<string, SealedEntry>) {
  return sealedSecretObject(
    file,
    file.scope,
    Object.fromEntries([...entries].map(([variable, { sealed }]) => [variable, sealed])),
  );
}

function checkAnswer(
  path: string,
  old: ReadonlyMap<string, SealedEntry>,
  answer: Readonly<Record<string, string>>,
): Problem[] {
  const names = (keys: Iterable<string>): string => [...keys].sort(compare).join(', ');
  if (names(old.keys()) !== names(Object.keys(answer))) {
    return [wrongAnswer(path, `the controller answered with other variables: ${names(Object.keys(answer))}`)];
  }
  return [...old]
    .filter(([variable, { sealed }]) => !isResealed(sealed, answer[variable] ?? ''))
    .map(([variable]) => wrongAnswer(`${path}: ${variable}`, 'the controller answered with something else'));
}

/** Other bytes around a value of the same size. */
function isResealed(before: string, after: string): boolean {
  try {
    return before !== after && sealedValueSize(before) === sealedValueSize(after);
  } catch {
    return false;
  }
}

function wrongAnswer(path: string, what: string): Problem {
  return {
    path,
    what,
    got: 'an answer that was thrown away, nothing is written',
    allowed: 'the same variables, sealed again in the same scope',
    fix: 'look at the log of the controller, and whether its release is 0.36 or newer',
  };
}
