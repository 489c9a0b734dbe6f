import { execFileSync } from 'node:child_process';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTools } from '../../lib/embedded';
import { readCertificates } from '../../lib/sealing/certificate';
import { openValue, sealValue } from '../../lib/sealing/format';
import { encryptionLabel } from '../../lib/sealing/scope';
import { sealWorkload } from '../../lib/sealing/seal-workload';
import { printSealedFile, readSealedFile } from '../../lib/sealing/sealed-file';
import { SecretValue } from '../../lib/values/secret-value';
import { makeKeyPair } from '../sealing/support';
import type { Benchmark, Prepared } from './harness/benchmark';
import { timed } from './harness/measure';
import { sizeOf } from './support/size';

const count = sizeOf('VALUES', 1000);
const place = { namespace: 'bench', name: 'bench-secret' };
const label = encryptionLabel('strict', place);

/** A whole file with bookkeeping, from values to text. */
function sealFile(values: ReadonlyMap<string, SecretValue>, pem: string, existing?: string): string {
  const [certificate] = readCertificates(pem, 'bench');
  if (!certificate) {
    throw new Error('the benchmark has no certificate');
  }
  const file = existing === undefined ? undefined : readSealedFile(existing, 'bench.yaml').file;
  const result = sealWorkload({
    ...place,
    scope: 'strict',
    certificate,
    variables: [...values.keys()],
    values: new Map([...values].map(([variable, value]) => [variable, { value, isRandom: true }])),
    path: 'bench.yaml',
    ...(file ? { existing: file } : {}),
  });
  return printSealedFile(result.file, 'benchmark');
}

/** What was timed must also be right. */
function checkSome(values: readonly string[], sealed: readonly string[], pem: string): void {
  const key = createPrivateKey(pem);
  for (let index = 0; index < count; index += Math.ceil(count / 20)) {
    if (openValue([key], label, sealed[index] ?? '').toString() !== values[index]) {
      throw new Error(`value ${index} does not open`);
    }
  }
}

const names = {
  theirs: 'kubeseal --raw, one process a value',
  format: 'native, format only',
  file: 'native, a whole file with its bookkeeping',
  again: 'native, a second run that changes nothing',
} as const;

async function prepare(): Promise<Prepared> {
  // The size that the controller makes.
  const pair = await makeKeyPair({ bits: 4096 });
  const { kubeseal } = await resolveTools(['kubeseal']);
  const folder = mkdtempSync(join(tmpdir(), 'bench-sealing-'));
  const values = Array.from({ length: count }, () => randomBytes(32).toString('hex'));
  const files = values.map((value, index) => {
    const file = join(folder, String(index));
    writeFileSync(file, value, { mode: 0o600 });
    return file;
  });
  const certificateFile = join(folder, 'certificate.pem');
  writeFileSync(certificateFile, pair.certificate);
  const kubesealArguments = (file: string): string[] => [
    ...['--raw', '--from-file', file, '--cert', certificateFile],
    ...['--namespace', place.namespace, '--name', place.name],
  ];
  const variables = new Map(values.map((value, index) => [`VALUE_${index}`, new SecretValue(value)]));
  const existing = sealFile(variables, pair.certificate);

  return {
    variants: [
      {
        name: names.theirs,
        rounds: 1,
        run: async () => {
          const { result, measures } = await timed(() =>
            files.map((file) => execFileSync(kubeseal.path, kubesealArguments(file), { encoding: 'utf8' })),
          );
          checkSome(values, result, pair.pem);
          return { time: measures.time };
        },
      },
      {
        name: names.format,
        run: async () => {
          const [certificate] = readCertificates(pair.certificate, 'bench');
          const { result, measures } = await timed(() =>
            values.map((value) => (certificate ? sealValue(certificate.publicKey, label, Buffer.from(value)) : '')),
          );
          checkSome(values, result, pair.pem);
          return measures;
        },
      },
      { name: names.file, run: async () => (await timed(() => sealFile(variables, pair.certificate))).measures },
      {
        name: names.again,
        run: async () => {
          const { result, measures } = await timed(() => sealFile(variables, pair.certificate, existing));
          if (result !== existing) {
            throw new Error('a second run changed the file');
          }
          return measures;
        },
      },
    ],
    figures: [names.format, names.file, names.again].map((name) => ({
      type: 'ratio',
      what: `${name}, of kubeseal`,
      of: name,
      to: names.theirs,
    })),
    close: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

export const benchmark: Benchmark = {
  name: 'sealing',
  title: `sealing ${count} values of 64 characters natively, beside the real kubeseal`,
  rounds: 5,
  prepare,
};
