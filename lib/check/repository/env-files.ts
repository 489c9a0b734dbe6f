import { posix } from 'node:path';
import { parse } from 'dotenv';
import { isExampleFile } from '../../dotenv/git';
import { DotenvDocument } from '../../dotenv/document';
import { SecretValue } from '../../values/secret-value';

/** A file of environment variables. */
export interface EnvFile {
  /** From the root. */
  readonly path: string;
  /** Whether it shows what is needed, with values that are none. */
  readonly example: boolean;
  /** Whether git tracks the file or would take it. */
  readonly taken: boolean;
  /** The entry that counts of each name. */
  readonly entries: readonly { readonly name: string; readonly line: number; readonly value: SecretValue }[];
}

/** Whether a file holds environment variables, by its name. */
export function isEnvFile(path: string): boolean {
  return isExampleFile(path) || /(?:^|\/)(?:\.env(?:\.[\w.-]+)?|[\w.-]+\.env)$/.test(path);
}

/** Reads a file of environment variables as programs do: what is no assignment is passed over. */
export function readEnvFile(path: string, text: string, taken: boolean): EnvFile {
  const values = parse(text);
  const document = new DotenvDocument(text);
  return {
    path,
    example: isExampleFile(path),
    taken,
    entries: Object.entries(values).map(([name, value]) => ({
      name,
      line: document.find(name)?.line ?? 1,
      value: new SecretValue(value),
    })),
  };
}

/** A file of variables, or the example that it is written from. */
export function envFileOf(path: string, envFiles: readonly EnvFile[]): EnvFile | undefined {
  const example = envFiles.find(
    (file) => file.example && posix.dirname(file.path) === posix.dirname(path) && file.path.startsWith(`${path}.`),
  );
  return envFiles.find((file) => file.path === path) ?? example;
}
