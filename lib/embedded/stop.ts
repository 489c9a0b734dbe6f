import { rm } from 'node:fs/promises';
import { componentsFor } from './components';
import { contextOf } from './context';
import { Layout } from './layout';
import { withLock } from './lock';
import { removePods } from './pods/cleanup';
import { podsLayout } from './pods/layout';
import { end, findStrays } from './process';
import { isRunning } from './process-identity';
import { type Reporter, silentReporter } from './reporter';
import { type PlatformState, readState } from './state';
import { Supervisor } from './supervisor';

/**
 * Stops every process of a platform; its data stays. Fine when nothing runs, and after its parent was killed.
 * @returns how many processes were stopped
 */
export async function stopPlatform(directory: string, reporter: Reporter = silentReporter): Promise<number> {
  const layout = new Layout(directory);
  if (!layout.exists()) {
    return 0;
  }
  return await withLock(layout.lockFile, { timeoutMs: 300_000 }, async () => {
    const last = await readOrDropState(layout);
    return await stopLeftovers(layout, last, reporter);
  });
}

/** A damaged state file is of no more use: its processes are found by their environment. */
async function readOrDropState(layout: Layout): Promise<PlatformState | undefined> {
  try {
    return readState(layout.stateFile);
  } catch {
    await rm(layout.stateFile, { force: true });
    return undefined;
  }
}

/** Ends what an earlier process started and left running: the recorded ones in order, then any that is not recorded. */
export async function stopLeftovers(
  layout: Layout,
  last: PlatformState | undefined,
  reporter: Reporter,
): Promise<number> {
  const recorded = Object.values(last?.processes ?? {}).filter(isRunning).length;
  if (last && recorded > 0) {
    reporter.line(`stopping the ${recorded} running processes of the platform in ${layout.root}`);
    const context = contextOf(layout, last);
    await new Supervisor({ components: componentsFor(last.options), context, state: last, reporter }).stop();
  }
  // Not part of the above only: pods outlive the processes that are recorded.
  await removePods(podsLayout(layout.root));
  const strays = findStrays(layout.root);
  await Promise.all(
    strays.map(async (stray) => {
      await end(stray);
    }),
  );
  return recorded + strays.length;
}
