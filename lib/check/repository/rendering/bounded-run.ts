import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program that renders manifests may use. */
export interface RunLimits {
  /** Bytes of its output. */
  readonly output: number;
  readonly milliseconds: number;
}

/** Large enough for the charts of operators with their definitions, small enough to read in seconds. */
export const usualLimits: RunLimits = { output: 8 * 1024 * 1024, milliseconds: 20_000 };

/** What a program printed, or why there is nothing. */
export type RunResult = { readonly output: string } | { readonly failure: string };

/** Address space in KiB, so that a template cannot take the memory of the machine. */
const addressSpace = 4 * 1024 * 1024;

/**
 * Runs helm or kubectl on files that nobody has vouched for: bounded in time, output and memory, with a home folder of its
 * own (no plugins, no cluster), and with addresses of proxies at which nothing answers in place of a network.
 */
export async function runBounded(
  binary: string,
  argumentList: readonly string[],
  limits: RunLimits = usualLimits,
): Promise<RunResult> {
  const home = await mkdtemp(join(tmpdir(), 'nivesh-secrets-render-'));
  try {
    return await run(binary, argumentList, home, limits);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function run(
  binary: string,
  argumentList: readonly string[],
  home: string,
  limits: RunLimits,
): Promise<RunResult> {
  const nothing = 'http://127.0.0.1:9';
  const child = spawn(
    '/bin/sh',
    ['-c', `ulimit -v ${addressSpace} 2>/dev/null; exec "$0" "$@"`, binary, ...argumentList],
    {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        KUBECONFIG: join(home, 'none'),
        HTTP_PROXY: nothing,
        HTTPS_PROXY: nothing,
        GIT_ALLOW_PROTOCOL: 'none',
        GIT_TERMINAL_PROMPT: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let ended: string | undefined;
  const end = (reason: string): void => {
    ended ??= reason;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => {
    end(`it was not done after ${limits.milliseconds / 1_000} s`);
  }, limits.milliseconds);
  const output = collect(child.stdout, limits.output, () => {
    end(`it prints more than ${limits.output / 1024 / 1024} MiB`);
  });
  // An error message may quote a whole template.
  const errors = collect(child.stderr, 64 * 1024, () => undefined);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return ended !== undefined
      ? { failure: ended }
      : code === 0
        ? { output: output() }
        : { failure: firstLine(errors()) };
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps what a stream gives, up to a number of bytes. */
function collect(stream: NodeJS.ReadableStream, most: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) {
      tooMuch();
    } else {
      chunks.push(chunk);
    }
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The program's own words, without what it repeats at every level. */
function firstLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const [line = 'it failed without a word'] = [
    ...lines.filter((candidate) => /^error/i.test(candidate)),
    ...lines.filter((candidate) => candidate !== ''),
  ];
  return line.replace(/^error:\s*/i, '');
}

/** A message that fits where it is shown; some quote whole templates. */
export function shorten(message: string): string {
  const longest = 300;
  return message.length > longest ? `${message.slice(0, longest)} ...` : message;
}
