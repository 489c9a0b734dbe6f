import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { z } from 'zod';
import { reasonOf } from '../error-reason';
import { SecretValue } from '../values/secret-value';
import { usageError } from './errors';

/** One value from standard input; a newline at its end, which `echo` and editors add, is left out. */
export async function readSecretFromStdin(stdin: NodeJS.ReadStream = process.stdin): Promise<SecretValue> {
  refuseTerminal(stdin);
  return new SecretValue((await text(stdin)).replace(/\r?\n$/, ''));
}

/**
 * One value from a file of mode 0600, or from standard input; a newline at its end is left out.
 * @param file @default - standard input
 */
export async function readSecret(file?: string): Promise<SecretValue> {
  return file === undefined
    ? await readSecretFromStdin()
    : new SecretValue((await readPrivateFile(file)).replace(/\r?\n$/, ''));
}

const mapping = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Several values as YAML or JSON, path to field to value: `{ "nivesh/huggingface": { "token": "..." } }`.
 * @param source a file of mode 0600, or `-` for standard input
 * @returns values by `path.field`
 */
export async function readSecretMap(
  source: string,
  stdin: NodeJS.ReadStream = process.stdin,
): Promise<Map<string, SecretValue>> {
  const content = source === '-' ? await readStdin(stdin) : await readPrivateFile(source);
  const shape = 'write {"path/of/secret": {"field": "value"}}, each value in quotes';
  if (content.trim() === '') {
    throw usageError(`${nameOf(source)} is empty`, shape);
  }
  let document: unknown;
  try {
    document = parse(content);
  } catch {
    // The parser's message quotes the line, which holds a value.
    throw usageError(`${nameOf(source)} is neither YAML nor JSON`, shape);
  }
  const parsed = mapping.safeParse(document);
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => path.map(String).join('.') || 'the top').join(', ');
    throw usageError(`${nameOf(source)} is not a map of paths to fields to texts (at ${places})`, shape);
  }
  return new Map(
    Object.entries(parsed.data).flatMap(([path, fields]) =>
      Object.entries(fields).map(([field, value]) => [`${path}.${field}`, new SecretValue(value)] as const),
    ),
  );
}

async function readStdin(stdin: NodeJS.ReadStream): Promise<string> {
  refuseTerminal(stdin);
  return await text(stdin);
}

function refuseTerminal(stdin: NodeJS.ReadStream): void {
  if (stdin.isTTY) {
    throw usageError(
      'the value is read from standard input, which is a terminal',
      'pipe it: pass show key | nivesh-secrets ...',
    );
  }
}

/**
 * A file that only its owner can read.
 * @throws CliError when others can, or when it cannot be read
 */
export async function readPrivateFile(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${reasonOf(error)}`, 'correct the path');
  });
  try {
    const status = await handle.stat();
    if (status.isDirectory()) {
      throw usageError(`${file} is a folder`, 'name a file');
    }
    const { mode } = status;
    if ((mode & 0o077) !== 0) {
      throw usageError(
        `${file} can be read by others, its mode is 0${(mode & 0o777).toString(8)}, allowed: 0600 or 0400`,
        `chmod 600 ${file}`,
      );
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function nameOf(source: string): string {
  return source === '-' ? 'standard input' : source;
}
