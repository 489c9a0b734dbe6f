import type { RepositoryReport } from '../check/repository/inspect';
import type { Location } from '../check/repository/model';
import type { RuleDescription } from '../check/repository/rule';
import { correctionOf } from '../catalog/nearest';
import { usageError } from './errors';
import { printFindings } from './findings';
import { print, table } from './output';

/** Prints a report for people: notes, findings by file and line, and how many there are of each rule. */
export function printReport(path: string, { findings, suppressed, notes }: RepositoryReport): void {
  notes.forEach((note) => {
    print(`note: ${placeOf(note)}: ${note.reason}\n  fix: ${note.fix}`);
  });
  if (suppressed.length > 0) {
    print(`note: ${suppressed.length} ${suppressed.length === 1 ? 'finding is' : 'findings are'} suppressed`);
  }
  printFindings(
    findings.map(({ rule, location, message, fix }) => ({
      place: placeOf(location),
      message: `${message} [${rule}]`,
      fix,
    })),
    `fine: ${path}`,
  );
  if (findings.length > 0) {
    print(`\n${table(['RULE', 'FINDINGS'], countRules(findings))}`);
    print('\nwhy, with an example: nivesh-secrets check --explain RULE');
  }
}

function countRules(findings: RepositoryReport['findings']): string[][] {
  const counts = new Map<string, number>();
  for (const { rule } of findings) {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([rule, count]) => [rule, String(count)]);
}

function placeOf({ file, line }: Location): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** Prints every rule, one a line. */
export function printRules(rules: readonly RuleDescription[]): void {
  print(
    table(
      ['RULE', 'SEVERITY', 'FINDS'],
      rules.map(({ id, severity, summary }) => [id, severity, summary]),
    ),
  );
}

/**
 * Prints what a rule is about.
 * @throws CliError with the nearest name if there is no such rule
 */
export function explainRule(rules: readonly RuleDescription[], id: string): void {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) {
    throw usageError(
      `there is no rule "${id}"`,
      correctionOf(
        id,
        rules.map((candidate) => candidate.id),
        'see nivesh-secrets check --rules',
      ),
    );
  }
  const { summary, severity, why, fix, example } = rule;
  print(`${id} (${severity}): ${summary}\n\n${why}\n\nfix: ${fix}\n`);
  print(`wrong:\n${indent(example.wrong)}\n\nright:\n${indent(example.right)}`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
