import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds. */
export async function until(holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) {
      throw new Error('it did not happen in time');
    }
    await delay(20);
  }
}

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A TypeScript program that runs beside the test. */
export class Child {
  #output = '';
  readonly #process;
  readonly ended: Promise<Ended>;

  /** @param script path from the folder `test` */
  constructor(script: string, args: readonly string[]) {
    this.#process = spawn(process.execPath, ['--require', 'tsx/cjs', join(__dirname, '..', '..', script), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.ended = once(this.#process, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      output: this.#output,
    }));
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits until a line was written. */
  async wrote(line: string | RegExp): Promise<void> {
    const found = (text: string): boolean => (typeof line === 'string' ? text === line : line.test(text));
    await until(() => this.#output.split('\n').some(found), 60_000);
  }
}

/** Node programs for components: each creates `ready` beside it once it runs. */
export const programs = {
  /** Runs until it is asked to end, and ends at once. */
  willing: `require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1000);`,
  /** Does not end when it is asked to. */
  stubborn: `process.on('SIGTERM', () => {}); require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1000);`,
  /** Ends at once, and says why. */
  broken: `console.log('first line'); console.error('fatal: no such table'); process.exit(7);`,
  /** Runs, and never becomes ready. */
  slow: `console.log('still loading'); setInterval(() => {}, 1000);`,
} as const;

/** Whether a program of {@link programs} in this folder is ready. */
export function isReadyIn(folder: string): boolean {
  return existsSync(join(folder, 'ready'));
}
