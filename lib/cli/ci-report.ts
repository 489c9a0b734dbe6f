import type { Environment, GithubActionsDelivery } from '../catalog';
import type { CiPlan, CiStep } from '../ci/plan';
import { describePlace } from '../ci/store';
import { exitCode } from './errors';
import { printFindings, printFindingsJson } from './findings';
import { print, printJson, table } from './output';

const words: Record<CiStep['action'], readonly [done: string, planned: string]> = {
  set: ['set', 'set'],
  generate: ['generated', 'generate'],
  keep: ['kept', 'keep'],
  waiting: ['missing', 'missing'],
};

/** Prints what was done, or with `--dry-run` what would be. */
export function showCi(
  { name: environment, delivery }: Environment<GithubActionsDelivery>,
  { steps, unknown }: CiPlan,
  { dryRun, json }: { readonly dryRun?: boolean; readonly json?: boolean },
): void {
  if (json) {
    printJson({ environment, ...placeOf(delivery), dryRun: dryRun ?? false, steps, unknown });
  } else {
    const rows = steps.map((step) => [step.name, words[step.action][dryRun ? 1 : 0], remark(step)]);
    print(table(['SECRET', dryRun ? 'PLAN' : 'DONE', ''], rows));
    unknown.forEach((name) => {
      print(`note: ${name} is in ${describePlace(delivery)}, and nobody declared it`);
    });
  }
  if (steps.some(({ action }) => action === 'waiting')) {
    process.exitCode = exitCode.findings;
  }
}

function placeOf({ repository, environment }: GithubActionsDelivery): Record<string, string> {
  return { repository, ...(environment === undefined ? {} : { githubEnvironment: environment }) };
}

function remark({ name, action, issuedBy = '', staleDays }: CiStep): string {
  if (action === 'waiting') {
    return `issued by ${issuedBy}: --set ${name}`;
  }
  return staleDays === undefined ? '' : `${staleDays} days old`;
}

/** Prints what is missing, stale and unknown, and sets the exit code. */
export function showCiFindings(
  { name: environment, delivery }: Environment<GithubActionsDelivery>,
  { steps, unknown }: CiPlan,
  { json }: { readonly json?: boolean },
): void {
  const place = describePlace(delivery);
  const findings = [
    ...steps.flatMap(({ name, action, issuedBy, staleDays }) => {
      if (action === 'waiting' || action === 'generate') {
        const fix =
          issuedBy === undefined
            ? 'run "nivesh-secrets ci"'
            : `have it issued by ${issuedBy}, then enter it: --set ${name}`;
        return [{ name, rule: 'missing', message: `${place} does not have it`, fix }];
      }
      const fix = `enter a new one: --set ${name}`;
      return staleDays === undefined ? [] : [{ name, rule: 'stale', message: `it is ${staleDays} days old`, fix }];
    }),
    ...unknown.map((name) => ({
      name,
      rule: 'unknown',
      message: `${place} has it, and nobody declared it`,
      fix: `declare it in environment "${environment}", or delete it there`,
    })),
  ];
  if (json) {
    printFindingsJson({ environment, ...placeOf(delivery), findings });
    return;
  }
  printFindings(
    findings.map(({ name, message, fix }) => ({ place: name, message, fix })),
    `fine: ${steps.map(({ name }) => name).join(', ')}`,
  );
}
