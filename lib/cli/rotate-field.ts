import { type Environment, type ExternalSecretsDelivery, formatProblem, type Problem, readersOf } from '../catalog';
import { collectExampleValues } from '../dotenv/examples';
import type { RotationOutcome, RotationRequest } from '../rotation/engine';
import type { Pause } from '../rotation/journal-state';
import type { RotationPlan } from '../rotation/plan';
import { loadStrategy } from '../rotation/strategies';
import { refuseExamples } from '../values/refuse-examples';
import { confirm } from './confirm';
import { exitCode } from './errors';
import { print, printJson, table } from './output';
import type { RotateFlags } from './rotate';
import { explainRotationError, selectField, withRotation } from './rotation-services';
import { readSecret } from './secret-input';

/** How long `--wait` waits at most. */
const longestWaitMs = 2 * 3_600_000;

/** See {@link runField}. */
export interface FieldRun {
  readonly environment: Environment<ExternalSecretsDelivery>;
  /** Every environment of the project, for its example files. */
  readonly environments: readonly Environment[];
  readonly root: string;
  readonly flags: RotateFlags;
}

/** `nivesh-secrets rotate <secret.field>` */
export async function runField(id: string, run: FieldRun): Promise<void> {
  const { environment, flags } = run;
  const field = selectField(environment, id);
  const strategy = await loadStrategy(field.declaration.rotation);
  const refuse = refuseExamples(environment, await collectExampleValues(run.environments, run.root));
  const request: RotationRequest = {
    field,
    strategy,
    mode: flags.revokeNow ? 'revoke-now' : undefined,
    entered: flags.input === undefined ? undefined : await readSecret(flags.input === '-' ? undefined : flags.input),
    refuse,
    evidence: flags.evidence,
    longestWaitMs: flags.wait ? longestWaitMs : 0,
  };
  try {
    await withRotation(environment, flags, async ({ engine }) => {
      const plan = await engine.plan(request);
      const waits = plan.pause && !flags.wait && !request.entered && request.evidence === undefined;
      const problems = waits ? [] : await engine.check(request, plan);
      if (!flags.json) {
        showPlan(plan, run);
      }
      if (waits && !flags.plan) {
        showOutcome(await engine.rotate(request, plan), run);
      } else if (problems.length > 0 || flags.plan) {
        endWithPlan(plan, problems, flags);
      } else if (flags.yes || (await confirm(`rotate ${id} in ${environment.name}?`))) {
        showOutcome(await engine.rotate(request, plan), run);
      } else {
        print('nothing was changed');
      }
    });
  } catch (error) {
    throw explainRotationError(error);
  }
}

function showPlan(plan: RotationPlan, { environment }: FieldRun): void {
  const { field, strategy, mode, resumes } = plan;
  const begun = resumes ? `, begun at ${plan.record.startedAt.toISOString()}` : '';
  print(
    `${field} in ${environment.name}: rotation by ${strategy.name}${mode === 'overlap' ? '' : `, ${mode}`}${begun}`,
  );
  print(
    table(
      ['PHASE', 'STATE', ''],
      [
        ...plan.finished.map((name) => [name, 'done', '']),
        ...plan.phases.map(({ name, summary }, index) => [
          name,
          index === 0 && plan.pause ? 'waits' : 'to do',
          index === 0 && plan.pause ? pauseText(plan.pause) : summary,
        ]),
      ],
    ),
  );
  const readers = new Set(readersOf(environment.catalog, ...splitId(field)).map(({ workload }) => workload));
  print(`read by ${[...readers].join(', ')}`);
  plan.breaks.forEach((sentence) => {
    print(`breaks: ${sentence}`);
  });
}

function splitId(id: string): [path: string, field: string] {
  const dot = id.lastIndexOf('.');
  return [id.slice(0, dot), id.slice(dot + 1)];
}

function endWithPlan(plan: RotationPlan, problems: readonly Problem[], flags: RotateFlags): void {
  if (flags.json) {
    const { field, mode, resumes, finished, breaks, pause } = plan;
    const phases = plan.phases.map(({ name, summary }) => ({ name, summary }));
    const strategy = plan.strategy.name;
    printJson({ field, strategy, mode, resumes, finished, phases, ...(pause ? { pause } : {}), breaks, problems });
  } else {
    problems.map(formatProblem).forEach(print);
    print(
      problems.length === 0 ? 'every check passed; nothing was changed' : `nothing was changed: ${count(problems)}`,
    );
  }
  if (problems.length > 0) {
    process.exitCode = exitCode.findings;
  }
}

function count(problems: readonly unknown[]): string {
  return problems.length === 1 ? '1 problem' : `${problems.length} problems`;
}

function showOutcome(outcome: RotationOutcome, { environment, flags }: FieldRun): void {
  if (flags.json) {
    printJson(outcome);
  } else {
    outcomeLines(outcome, environment.name).forEach(print);
  }
  if (needsPerson(outcome)) {
    process.exitCode = exitCode.findings;
  }
}

/** Whether only a person can make the rotation go on. */
export function needsPerson({ pause }: RotationOutcome): boolean {
  return pause !== undefined && 'waitsFor' in pause;
}

/** How a run ended, for people, with the command that goes on. */
export function outcomeLines({ field, done, pause }: RotationOutcome, environment: string): string[] {
  if (done || !pause) {
    return [`${field}: rotated`];
  }
  const command = `nivesh-secrets rotate ${field} --environment ${environment} --yes`;
  return 'waitsFor' in pause
    ? [`${field}: ${pauseText(pause)}`, `then: ${command} --evidence "<where it can be seen>"`]
    : [
        `${field}: ${pauseText(pause)}`,
        `then: ${command}, or nivesh-secrets rotate --due --environment ${environment} --yes`,
      ];
}

function pauseText(pause: Pause): string {
  return 'waitsFor' in pause
    ? `waits for a person: ${pause.waitsFor}`
    : `waits until ${pause.until.toISOString()}: ${pause.reason}`;
}
