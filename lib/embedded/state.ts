import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { environmentError } from '../cli/errors';
import { reasonOf } from '../error-reason';

const processShape = z.object({
  pid: z.number().int().positive(),
  startTime: z.string(),
  version: z.string(),
  binary: z.string(),
});

const stateShape = z.object({
  options: z.object({
    tokenCache: z.boolean(),
    workloads: z.enum(['kwok', 'pods', 'none']),
    sealedSecrets: z.boolean().optional(),
  }),
  /** Loopback ports by their name, such as `vault` and `etcd/peer`. */
  ports: z.record(z.string(), z.number()),
  /** What was started, by component. */
  processes: z.record(z.string(), processShape),
});

/** What the next command needs to know about a platform; nothing secret. */
export type PlatformState = z.infer<typeof stateShape>;

/**
 * Reads `state.json`; nothing where no platform was started.
 * @throws CliError for a file that is no state
 */
export function readState(file: string): PlatformState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return stateShape.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : reasonOf(error);
    throw environmentError(
      `${file} is damaged: ${reason ?? 'no reason given'}`,
      'run "nivesh-secrets platform down", which stops what still runs, then "platform up"',
    );
  }
}

/** Writes `state.json` at once or not at all; synchronous, so that no process is started and then forgotten. */
export function writeState(file: string, state: PlatformState): void {
  const unfinished = `${file}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
