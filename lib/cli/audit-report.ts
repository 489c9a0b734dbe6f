import type { AccessGroup } from '../audit/access-groups';
import type { Coverage } from '../audit/coverage';
import { type Gap, instant } from '../audit/gap';
import { counted } from '../counted';
import type { TimeWindow } from '../audit/window';
import { exitCode } from './errors';
import { print, table } from './output';

/** A table of a report. */
export interface Section {
  readonly title: string;
  readonly groups: readonly AccessGroup[];
}

/** Cells with more parts than this are cut; `--json` has them all. */
const partsShown = 4;
const gapsShown = 20;
const placesShown = 5;

/** Prints the sections that have something, each as a table under its title, without columns that would be empty. */
export function printSections(sections: readonly Section[], withPath: boolean): void {
  for (const { title, groups } of sections.filter((section) => section.groups.length > 0)) {
    const columns = columnsOf(title, withPath).filter(({ cell }) => groups.some((group) => cell(group) !== ''));
    print(
      table(
        columns.map(({ heading }) => heading),
        groups.map((group) => columns.map(({ cell }) => cell(group))),
      ),
    );
    print('');
  }
}

interface Column {
  readonly heading: string;
  readonly cell: (group: AccessGroup) => string;
}

function columnsOf(title: string, withPath: boolean): Column[] {
  return [
    { heading: title, cell: ({ identity: { name, detail } }) => (detail === '' ? name : `${name} (${detail})`) },
    { heading: 'FIRST', cell: ({ first }) => instant(Date.parse(first)) },
    { heading: 'LAST', cell: ({ last }) => instant(Date.parse(last)) },
    { heading: 'COUNT', cell: ({ count }) => String(count) },
    { heading: 'DID', cell: ({ action, refusal }) => (refusal === undefined ? action : `${action}: ${refusal}`) },
    { heading: 'PATH', cell: ({ path }) => (withPath ? path : '') },
    { heading: 'KEYS', cell: ({ keys }) => shortened(keys) },
    { heading: 'VERSIONS', cell: ({ versions }) => shortened(versions) },
    { heading: 'ADDRESS', cell: ({ addresses }) => shortened(addresses) },
  ];
}

function shortened(parts: readonly (string | number)[]): string {
  const shown = parts.slice(0, partsShown).join(' ');
  return parts.length > partsShown ? `${shown} +${parts.length - partsShown}` : shown;
}

/** Prints what was read, so that the reader can tell whether it was all. */
export function printCoverage(name: string, coverage: Coverage, { since, until }: TimeWindow): void {
  const { files, lines, requests, responses, first, last, emptyFiles, longLines, serverLogLines } = coverage;
  print(`${name}: asked about ${instant(since)} to ${instant(until)}`);
  const counts = requests > 0 ? `, ${counted(requests, 'request')}, ${counted(responses, 'response')}` : '';
  const span = first === undefined || last === undefined ? '' : `, ${first} to ${last}`;
  print(`  read ${counted(files, 'file')}, ${counted(lines, 'line')}${counts}${span}`);
  if (emptyFiles.length > 0) {
    print(`  ${counted(emptyFiles.length, 'empty file')}: ${emptyFiles.join(' ')}`);
  }
  if (longLines > 0) {
    print(`  ${counted(longLines, 'line')} of more than 1 MiB`);
  }
  if (serverLogLines > 0) {
    print(`  ${counted(serverLogLines, 'line')} of the server's own log passed over`);
  }
}

/** Prints every gap with what would close it. */
export function printGaps(gaps: readonly Gap[]): void {
  if (gaps.length === 0) {
    return;
  }
  print('\nGAPS');
  for (const { message, fix, places = [] } of gaps.slice(0, gapsShown)) {
    print(`  ${message}`);
    places.slice(0, placesShown).forEach((place) => {
      print(`    ${place}`);
    });
    if (places.length > placesShown) {
      print(`    and more, see --json`);
    }
    if (fix !== undefined) {
      print(`    fix: ${fix}`);
    }
  }
  if (gaps.length > gapsShown) {
    print(`  and ${gaps.length - gapsShown} more, see --json`);
  }
}

/** The last line: what the reader may conclude. */
export function conclusion(found: boolean, gaps: readonly Gap[], nothingFound: string): string {
  if (gaps.length === 0) {
    return found ? 'the answer has no gap' : `no evidence of access: ${nothingFound}, and the log has no gap`;
  }
  const weakened = `${counted(gaps.length, 'gap')} ${gaps.length === 1 ? 'weakens' : 'weaken'} this answer`;
  return found ? weakened : `${nothingFound}, but ${weakened}: it is no evidence that there was no access`;
}

/** Exits with 1 where something weakens the answer. */
export function setExit(gaps: readonly Gap[]): void {
  if (gaps.length > 0) {
    process.exitCode = exitCode.findings;
  }
}
