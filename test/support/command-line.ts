import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../lib/package-root';

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
  const root = packageRoot();
  const child = spawn(join(root, 'node_modules/.bin/tsx'), [join(root, 'lib/cli/main.ts'), ...argumentList], {
    cwd: options.cwd ?? root,
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
