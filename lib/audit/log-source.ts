import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { reasonOf } from '../error-reason';
import type { LineFeeder } from './line-feeder';

const gzipMagic = '1f8b';
/** First bytes of formats that logs are compressed with and that Node 20 cannot read. */
const otherFormats: readonly (readonly [magic: string, name: string])[] = [
  ['28b52ffd', 'zstd'],
  ['fd377a58', 'xz'],
  ['425a68', 'bzip2'],
];

/** A log cannot be read, or not from here on. What was read before counts. */
export class LogReadError extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = 'LogReadError';
  }
}

/** The error of reading that an error of the file system is. */
export function asReadError(error: unknown): LogReadError {
  return error instanceof LogReadError
    ? error
    : new LogReadError(`it cannot be read: ${reasonOf(error)}`, fixOf(error));
}

function fixOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^E(ACCES|PERM)$/.test(code) ? 'run this as a user who may read it' : 'give a copy that can be read';
}

/**
 * Whether a log is compressed with gzip: its first bytes decide, not its name.
 * @throws LogReadError where it cannot be read, or is compressed in another way
 */
export async function isGzip(file: string): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.toString('hex', 0, bytesRead);
    const other = otherFormats.find(([first]) => magic.startsWith(first));
    if (other) {
      throw new LogReadError(`it is compressed with ${other[1]}`, 'unpack it, or compress it with gzip');
    }
    return magic.startsWith(gzipMagic);
  } catch (error) {
    throw asReadError(error);
  } finally {
    await handle?.close();
  }
}

/**
 * Reads a gzip file from its beginning to its end. It takes what comes as it comes: when the end is missing, nothing before
 * it is lost.
 * @param onBytes told how many bytes of the file have been read, as it lies on disk
 * @throws LogReadError, after what could be read was fed
 */
export async function readGzip(file: string, feeder: LineFeeder, onBytes: (bytes: number) => void): Promise<void> {
  const packed = createReadStream(file, { highWaterMark: 1024 * 1024 });
  const unpacked = createGunzip({ chunkSize: 1024 * 1024 });
  packed.on('data', (bytes) => {
    onBytes(bytes.length);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      packed.once('error', (error) => {
        reject(asReadError(error));
      });
      unpacked.on('data', (bytes: Buffer) => {
        feeder.scan(feeder.join(bytes, 0, bytes.length));
      });
      unpacked.once('end', resolve);
      unpacked.once('error', (error) => {
        packed.destroy();
        reject(new LogReadError(`the gzip file is cut short or damaged: ${reasonOf(error)}`, 'give a whole copy'));
      });
      packed.pipe(unpacked);
    });
  } finally {
    feeder.end();
  }
}
