import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../lib/package-root';

/** Arguments of node that run the command line from its sources, in one process: the program `tsx` would be two. */
export const commandLine: readonly string[] = [
  '--import',
  pathToFileURL(require.resolve('tsx')).href,
  join(packageRoot(), 'lib/cli/main.ts'),
];

/** How a run of the command line ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `nivesh-secrets` from its sources, with nothing of this process's environment but what is given.
 * @param options.cwd folder to run it in @default - this package
 */
export async function runCommand(
  argumentList: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...commandLine, ...argumentList], {
    cwd: options.cwd ?? packageRoot(),
    env: { PATH: process.env.PATH, HOME: tmpdir(), ...options.env },
    stdio: 'pipe',
  });
  // A command that does not read its input may end first.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
