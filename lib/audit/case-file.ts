import { z } from 'zod';

/**
 * A case file: a Markdown page about something that people must see through (somebody leaves, a value leaked). What
 * machines know is written anew each time; ticks and notes of people stay.
 */
export interface CaseFile {
  readonly title: string;
  /** Heading to Markdown, written anew each time. */
  readonly sections: readonly CaseSection[];
  readonly steps: readonly CaseStep[];
  /**
   * What the next run must know although the world no longer shows it, such as when the case was opened. It stands in a
   * comment of the page, so it holds names and times only.
   */
  readonly memory: CaseMemory;
}

/** See {@link CaseFile.memory}. */
export type CaseMemory = Readonly<Record<string, string | readonly string[]>>;

/** A part of the page that only machines write. */
export interface CaseSection {
  readonly heading: string;
  readonly markdown: string;
}

/** One thing to be done, in the order in which it is to be done. */
export interface CaseStep {
  /** The same in every run: ticks hang on it. Letters, digits and `-_./`. */
  readonly id: string;
  readonly title: string;
  /** Commands, as they are typed. */
  readonly commands?: readonly string[];
  /** What a machine knows: proven, or not yet. @default - only a person knows, and ticks it */
  readonly proof?: { readonly done: boolean; readonly words: string };
}

/** A step with what is known of it. */
export interface StepState extends CaseStep {
  readonly done: boolean;
}

const keptFrom = '## Notes';

const emptyKept = `${keptFrom}

What was found and decided, by whom.

## Signed off

Name and date, once every step is ticked:
`;

/** Steps with their state: a machine's proof, or the tick that a person set in the file before. */
export function stepStates(steps: readonly CaseStep[], before: string | undefined): StepState[] {
  const ticked = tickedSteps(before ?? '');
  return steps.map((step) => ({ ...step, done: step.proof?.done ?? ticked.has(step.id) }));
}

/**
 * The page.
 * @param before the page as it is now @default - none
 */
export function renderCaseFile({ title, sections, steps, memory }: CaseFile, before?: string): string {
  const kept = before?.includes(`\n${keptFrom}\n`) ? before.slice(before.indexOf(`\n${keptFrom}\n`) + 1) : emptyKept;
  const states = stepStates(steps, before);
  return [
    `# ${title}\n\n<!-- memory: ${JSON.stringify(memory).replaceAll('>', '\\u003e')} -->`,
    ...sections.map(({ heading, markdown }) => `## ${heading}\n\n${markdown.trim()}`),
    `## Steps\n\n${states.map(renderStep).join('\n')}`,
    kept.trimEnd(),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What an earlier run left in the page; nothing where it is no case file. */
export function memoryOf(text: string): CaseMemory | undefined {
  const [, json] = /^<!-- memory: (\{.*\}) -->$/m.exec(text) ?? [];
  try {
    return memoryShape.parse(JSON.parse(json ?? ''));
  } catch {
    return undefined;
  }
}

const memoryShape = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

function renderStep({ id, title, commands = [], proof, done }: StepState): string {
  const words = proof ? ` (${proof.words})` : '';
  const block = commands.length === 0 ? [] : ['', '  ```text', ...commands.map((line) => `  ${line}`), '  ```', ''];
  return [`- [${done ? 'x' : ' '}] ${title}${words} <!-- ${id} -->`, ...block].join('\n');
}

function tickedSteps(text: string): Set<string> {
  return new Set([...text.matchAll(/^\s*[-*] \[[xX]\] .*<!-- (\S+) -->\s*$/gm)].map(([, id = '']) => id));
}

/** A Markdown table; a cell's `|` would end it. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
