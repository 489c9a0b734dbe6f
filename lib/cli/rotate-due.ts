import { type Environment, type ExternalSecretsDelivery, formatProblem, rotatesByItself } from '../catalog';
import { dayOf } from '../day';
import type { RotationEngine, RotationOutcome } from '../rotation/engine';
import { type FieldStatus, readStatuses } from '../rotation/status';
import { loadStrategy } from '../rotation/strategies';
import { KvEngine } from '../vault/kv';
import { connectVault } from './connections';
import { CliError, exitCode } from './errors';
import { print, printJson, table } from './output';
import type { RotateFlags } from './rotate';
import { needsPerson, outcomeLines } from './rotate-field';
import { explainRotationError, selectField, withRotation } from './rotation-services';

type VaultEnvironment = Environment<ExternalSecretsDelivery>;

/** `nivesh-secrets rotate --status` */
export async function runStatus(environment: VaultEnvironment, flags: RotateFlags): Promise<void> {
  const statuses = await withKv(environment, async (kv) => await readStatuses(environment, kv, new Date()));
  if (flags.json) {
    printJson(statuses);
    return;
  }
  print(
    table(
      ['FIELD', 'ROTATION', 'LAST', 'DUE', 'NOW'],
      statuses.map((status) => [
        status.field,
        status.strategy,
        day(status.last?.finishedAt),
        day(status.dueAt),
        nowText(status),
      ]),
    ),
  );
}

/** `nivesh-secrets rotate --due` */
export async function runDue(environment: VaultEnvironment, flags: RotateFlags): Promise<void> {
  if (flags.yes) {
    await rotateDue(environment, flags);
    return;
  }
  const statuses = await withKv(environment, async (kv) => await readStatuses(environment, kv, new Date()));
  const due = dueOf(statuses);
  if (flags.json) {
    printJson(due);
  } else if (due.length === 0) {
    print(nothingDue(statuses));
  } else {
    print(
      table(
        ['FIELD', 'ROTATION', 'DUE', 'NOW'],
        due.map((status) => [status.field, status.strategy, day(status.dueAt), nowText(status)]),
      ),
    );
  }
  if (due.length > 0) {
    process.exitCode = exitCode.findings;
  }
}

function dueOf(statuses: readonly FieldStatus[]): FieldStatus[] {
  return statuses.filter(({ next }) => next !== 'nothing');
}

/** What another run is at work on is not due, and not done either. */
function nothingDue(statuses: readonly FieldStatus[]): string {
  const held = statuses.filter(({ open }) => open?.holder !== undefined);
  return held.length === 0
    ? 'nothing is due'
    : ['nothing else is due', ...held.map((status) => `  ${status.field} is in ${nowText(status)}`)].join('\n');
}

async function withKv<T>(environment: VaultEnvironment, work: (kv: KvEngine) => Promise<T>): Promise<T> {
  const vault = await connectVault(environment);
  try {
    return await work(new KvEngine(vault, environment.delivery.vault.mount));
  } finally {
    await vault.close();
  }
}

/** What became of one field. */
interface DueResult {
  readonly field: string;
  readonly outcome?: RotationOutcome;
  /** Why it was not rotated. */
  readonly failure?: string;
  /** What is to be done about that. */
  readonly fix?: string;
  readonly code: number;
}

/** One after the other; one that fails does not keep the others from being rotated. */
async function rotateDue(environment: VaultEnvironment, flags: RotateFlags): Promise<void> {
  const { results, statuses } = await withRotation(environment, flags, async ({ engine, kv }) => {
    const done: DueResult[] = [];
    const read = await readStatuses(environment, kv, new Date());
    for (const status of dueOf(read)) {
      const result = await rotateOne(environment, engine, status);
      done.push(result);
      if (!flags.json) {
        resultLines(result, environment.name).forEach(print);
      }
    }
    return { results: done, statuses: read };
  });
  if (flags.json) {
    printJson(results.map(({ code, ...result }) => ({ ...result, ok: code === exitCode.fine })));
  } else if (results.length === 0) {
    print(nothingDue(statuses));
  }
  const worst = Math.max(exitCode.fine, ...results.map(({ code }) => code));
  if (worst > exitCode.fine) {
    process.exitCode = worst;
  }
}

async function rotateOne(
  environment: VaultEnvironment,
  engine: RotationEngine,
  { field: id, next, open }: FieldStatus,
): Promise<DueResult> {
  const selected = selectField(environment, id);
  // What a person began is for a person to end: the rotator has no rights on it, and there may be a value to hand in.
  if (next === 'person' || !rotatesByItself(selected)) {
    const fix = `nivesh-secrets rotate ${id} --environment ${environment.name}`;
    return { field: id, failure: open?.waitsFor ?? 'only a person can rotate it', fix, code: exitCode.findings };
  }
  try {
    const request = { field: selected, strategy: await loadStrategy(selected.declaration.rotation) };
    const plan = await engine.plan(request);
    const problems = await engine.check(request, plan);
    if (problems.length > 0) {
      return { field: id, failure: problems.map(formatProblem).join('\n'), code: exitCode.findings };
    }
    const outcome = await engine.rotate(request, plan);
    return { field: id, outcome, code: needsPerson(outcome) ? exitCode.findings : exitCode.fine };
  } catch (error) {
    const explained = explainRotationError(error);
    const message = explained instanceof Error ? explained.message : String(explained);
    return explained instanceof CliError
      ? {
          field: id,
          failure: message,
          ...(explained.fix === undefined ? {} : { fix: explained.fix }),
          code: explained.code,
        }
      : { field: id, failure: message, code: exitCode.environment };
  }
}

function resultLines({ field, outcome, failure, fix }: DueResult, environment: string): string[] {
  return outcome
    ? outcomeLines(outcome, environment)
    : [`${field}: not rotated: ${failure ?? ''}`, ...(fix === undefined ? [] : [`  fix: ${fix}`])];
}

function day(date: Date | undefined): string {
  return date ? dayOf(date) : '-';
}

function nowText({ open, next, since }: FieldStatus): string {
  if (!open) {
    const due = { begin: 'due', person: 'due, by a person', resume: '', nothing: '-' }[next];
    return since ? due : 'has no value yet';
  }
  const { holder, phase, waitUntil, waitsFor } = open;
  if (holder !== undefined) {
    return `${phase}: in the hands of ${holder}`;
  }
  if (waitsFor !== undefined) {
    return `${phase}: waits for a person: ${waitsFor}`;
  }
  if (waitUntil) {
    return next === 'nothing'
      ? `overlap until ${waitUntil.toISOString()}`
      : `overlap ended ${waitUntil.toISOString()}, go on`;
  }
  return `stopped in ${phase}, go on`;
}
