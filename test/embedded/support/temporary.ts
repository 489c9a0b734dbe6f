import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findStrays, kill } from '../../../lib/embedded/process';

/** A folder for each test, removed after it. */
export function temporaryFolder(): () => string {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nivesh-secrets-test-'));
  });
  afterEach(() => {
    // Those of a test that failed.
    findStrays(folder).forEach(kill);
    // The go command makes folders that even their owner cannot remove files from.
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
