import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Path, from the folder, to text. */
export function readFolder(folder: string): Record<string, string> {
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const files = paths.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.sort().map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]));
}

/**
 * Holds a folder of real files against the one in `test/__snapshots__`, file by file. `npx jest -u` writes it anew, as it
 * does with Jest's own snapshots.
 */
export function expectFolderToMatchSnapshot(folder: string, name: string): void {
  const snapshot = join(__dirname, '../__snapshots__', name);
  // Jest offers no other way to ask for -u (jest-image-snapshot and others read it there too).
  const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
  if (snapshotState._updateSnapshot === 'all') {
    rmSync(snapshot, { recursive: true, force: true });
    cpSync(folder, snapshot, { recursive: true });
  }
  expect(readFolder(folder)).toEqual(readFolder(snapshot));
}
