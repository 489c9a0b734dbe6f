import { rename, writeFile } from 'node:fs/promises';
import { type CaseFile, type CaseMemory, memoryOf, renderCaseFile, stepStates } from '../audit/case-file';
import { reasonOf } from '../error-reason';
import { readIfThere } from '../read-if-there';
import { environmentError, exitCode, usageError } from './errors';
import { print, printJson } from './output';

/** A case file as it was before this run. */
export interface CasePage {
  readonly file: string;
  readonly text?: string;
  readonly memory?: CaseMemory;
}

/**
 * Reads a case file.
 * @throws CliError when something else lies there, which would be overwritten
 */
export async function openCasePage(file: string): Promise<CasePage> {
  const content = await readIfThere(file).catch((error: unknown) => {
    throw environmentError(`${file} cannot be read: ${reasonOf(error)}`, 'correct --file');
  });
  if (content === undefined) {
    return { file };
  }
  const text = content.toString('utf8');
  const memory = memoryOf(text);
  if (!memory) {
    throw usageError(`${file} is not a case file of this program`, 'name another file with --file');
  }
  return { file, text, memory };
}

/** When a case was opened: what the file says, or now. */
export function openedAtOf(page: CasePage, now: Date): Date {
  return timeOf(page, 'openedAt') ?? now;
}

/** A time that an earlier run remembered. */
export function timeOf({ memory }: CasePage, key: string): Date | undefined {
  const time = new Date(String(memory?.[key]));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** Writes the page and says what is open; the exit code is 1 until nothing is. */
export async function writeCasePage(page: CasePage, content: CaseFile, { json }: { json?: boolean }): Promise<void> {
  const { file, text } = page;
  const beside = `${file}.new`;
  try {
    await writeFile(beside, renderCaseFile(content, text));
    await rename(beside, file);
  } catch (error) {
    throw environmentError(`${file} cannot be written: ${reasonOf(error)}`, 'correct --file or its folder');
  }
  const states = stepStates(content.steps, text);
  const open = states.filter(({ done }) => !done);
  if (json) {
    printJson({ file, title: content.title, memory: content.memory, steps: states });
  } else {
    states.forEach(({ done, title, proof, commands = [] }) => {
      print(`${done ? '[x]' : '[ ]'} ${title}${proof ? ` (${proof.words})` : ''}`);
      if (!done) {
        commands.forEach((command) => {
          print(`      ${command}`);
        });
      }
    });
    print(`\n${states.length - open.length} of ${states.length} steps done; the case is in ${file}`);
  }
  if (open.length > 0) {
    process.exitCode = exitCode.findings;
  }
}
