import { createInterface } from 'node:readline/promises';
import { usageError } from './errors';

/**
 * Asks on the terminal; anything but yes is no.
 * @throws CliError where there is no terminal to ask on
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw usageError(
      'nothing was changed: there is no terminal to ask on',
      'look at the plan with --plan, then add --yes',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
