import { table } from '../../../lib/cli/output';
import { isReached, type Outcome } from './figures';
import { describeMachine } from './machine';
import type { BenchmarkResult } from './run';
import type { Spread } from './statistics';

const commonUnits: Readonly<Record<string, string>> = { time: 's', processor: 's', memory: 'MB' };

interface Tables {
  readonly measured: { readonly headings: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly figures: { readonly headings: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

/** What a benchmark found, for a terminal. */
export function resultText(result: BenchmarkResult): string {
  const { measured, figures } = tablesOf(result);
  const upper = (headings: readonly string[]): string[] => headings.map((heading) => heading.toUpperCase());
  return [
    `${result.name}: ${result.title}`,
    `${describeMachine(result.machine)}; ${result.seconds} s in all`,
    '',
    table(upper(measured.headings), measured.rows),
    '',
    table(upper(figures.headings), figures.rows),
    '',
  ].join('\n');
}

/** The same for a page of the documentation. */
export function resultMarkdown(result: BenchmarkResult): string {
  const { measured, figures } = tablesOf(result);
  return [
    `${describeMachine(result.machine)}; ${result.seconds} s in all.`,
    markdownTable(measured.headings, measured.rows),
    markdownTable(figures.headings, figures.rows),
  ].join('\n\n');
}

function tablesOf({ variants, figures, units }: BenchmarkResult): Tables {
  const unitOf = (measure: string): string => units[measure] ?? commonUnits[measure] ?? '';
  const measures = [...new Set(variants.flatMap((variant) => Object.keys(variant.measures)))];
  return {
    measured: {
      headings: ['variant', 'runs', ...measures],
      rows: variants.map(({ name, runs, measures: measured }) => [
        name,
        String(runs),
        ...measures.map((measure) => (measured[measure] ? spreadText(measured[measure], unitOf(measure)) : '')),
      ]),
    },
    figures: {
      headings: ['figure', 'measured', 'goal', 'reached'],
      rows: figures.map((figure) => [figure.what, ...outcomeCells(figure, unitOf(figure.measure))]),
    },
  };
}

function outcomeCells(outcome: Outcome, unit: string): string[] {
  const shown = { ratio: ratioUnit, growth: '', limit: unit }[outcome.type];
  return outcome.atMost === undefined
    ? [spreadText(outcome, shown), '', '']
    : [spreadText(outcome, shown), `at most ${valueText(outcome.atMost, shown)}`, isReached(outcome) ? 'yes' : 'no'];
}

const ratioUnit = 'x';

function spreadText({ median, min, max }: Spread, unit: string): string {
  const whole = valueText(median, unit);
  const write = scaleOf(median, unit).write;
  return min === max ? whole : `${whole} (${write(min)} to ${write(max)})`;
}

function valueText(value: number, unit: string): string {
  const scale = scaleOf(value, unit);
  return `${scale.write(value)} ${scale.unit}`.trimEnd();
}

interface Scale {
  readonly write: (value: number) => string;
  readonly unit: string;
}

/** Short times are in milliseconds, and small ratios are fractions. */
function scaleOf(median: number, unit: string): Scale {
  if (unit === 's' && median < 1) {
    return { write: (value) => digits(value * 1000), unit: 'ms' };
  }
  return unit === ratioUnit && median < 0.1
    ? { write: (value) => `1/${digits(1 / value)}`, unit: '' }
    : { write: digits, unit };
}

/** Three digits that count; no figure here is more exact. */
function digits(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/** As prettier lays it out. */
function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
