import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { SourceText } from '../../../lib/scanning/detector';
import { commandLine } from '../../support/command-line';

/** What the detectors that run find in each of some texts. */
export interface Detected {
  readonly found: Record<string, { readonly rule: string; readonly start: number; readonly value: string }[][]>;
  readonly withoutDetectSecrets?: string;
}

/** Loads the detectors in a process of its own: Jest loads no ES modules, and secretlint is made of them. */
export function runDetectors(sources: readonly SourceText[], environment: NodeJS.ProcessEnv = {}): Detected {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...commandLine.slice(0, 2), join(__dirname, 'detect.ts')],
    { input: JSON.stringify(sources), env: { ...process.env, ...environment }, encoding: 'utf8' },
  );
  if (status !== 0) {
    throw new Error(`the detectors ended with ${status}: ${stderr}`);
  }
  return JSON.parse(stdout) as Detected;
}
