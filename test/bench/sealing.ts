/* Sealing natively against running kubeseal for each value: npx tsx test/bench/sealing.ts [--json] [number of values] */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTools } from '../../lib/embedded';
import { readCertificates } from '../../lib/sealing/certificate';
import { openValue, sealValue } from '../../lib/sealing/format';
import { encryptionLabel } from '../../lib/sealing/scope';
import { sealWorkload } from '../../lib/sealing/seal-workload';
import { printSealedFile, readSealedFile } from '../../lib/sealing/sealed-file';
import { SecretValue } from '../../lib/values/secret-value';
import { table } from '../../lib/cli/output';
import { makeKeyPair } from '../sealing/support';

const json = process.argv.includes('--json');
const count = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 1000);
/** Of what runs natively. */
const repetitions = 5;
const place = { namespace: 'bench', name: 'bench-secret' };
const label = encryptionLabel('strict', place);

interface Row {
  readonly what: string;
  readonly milliseconds: number;
}

function timed<T>(work: () => T): { result: T; milliseconds: number } {
  const since = performance.now();
  const result = work();
  return { result, milliseconds: performance.now() - since };
}

/** The median of several runs: one takes so little time that whatever else the machine does shows in it. */
function timedOften<T>(work: () => T): { result: T; milliseconds: number } {
  const runs = Array.from({ length: repetitions }, () => timed(work)).sort((a, b) => a.milliseconds - b.milliseconds);
  const median = runs[Math.floor(repetitions / 2)];
  if (!median) {
    throw new Error('nothing was timed');
  }
  return median;
}

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

async function run(): Promise<void> {
  // The size that the controller makes.
  const pair = await makeKeyPair({ bits: 4096 });
  const { kubeseal } = await resolveTools(['kubeseal']);
  const folder = mkdtempSync(join(tmpdir(), 'bench-sealing-'));
  try {
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

    const native = timedOften(() => {
      const [certificate] = readCertificates(pair.certificate, 'bench');
      return values.map((value) => (certificate ? sealValue(certificate.publicKey, label, Buffer.from(value)) : ''));
    });
    const theirs = timed(() =>
      files.map((file) => execFileSync(kubeseal.path, kubesealArguments(file), { encoding: 'utf8' })),
    );
    const variables = new Map(values.map((value, index) => [`VALUE_${index}`, new SecretValue(value)]));
    const whole = timedOften(() => sealFile(variables, pair.certificate));
    const again = timedOften(() => sealFile(variables, pair.certificate, whole.result));

    checkSome(values, native.result, pair.pem);
    checkSome(values, theirs.result, pair.pem);
    if (again.result !== whole.result) {
      throw new Error('a second run changed the file');
    }
    report([
      { what: 'kubeseal --raw, one process a value', milliseconds: theirs.milliseconds },
      { what: 'native, format only', milliseconds: native.milliseconds },
      { what: 'native, a whole file with its bookkeeping', milliseconds: whole.milliseconds },
      { what: 'native, a second run that changes nothing', milliseconds: again.milliseconds },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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

function report(rows: readonly Row[]): void {
  const [baseline] = rows;
  const results = rows.map(({ what, milliseconds }) => ({
    what,
    milliseconds: Math.round(milliseconds),
    perValue: Number((milliseconds / count).toFixed(3)),
    timesFaster: Number(((baseline?.milliseconds ?? NaN) / milliseconds).toFixed(1)),
  }));
  if (json) {
    const machine = { processors: cpus().length, model: cpus()[0]?.model.trim() ?? '', node: process.version };
    process.stdout.write(`${JSON.stringify({ benchmark: 'sealing', values: count, machine, results }, null, 2)}\n`);
    return;
  }
  const lines = results.map((row) => [
    row.what,
    `${row.milliseconds} ms`,
    `${row.perValue} ms`,
    `${row.timesFaster} x`,
  ]);
  process.stdout.write(`${table([`${count} VALUES`, 'TIME', 'A VALUE', 'FASTER'], lines)}\n`);
}

void run();
