import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { reasonOf } from '../error-reason';
import type { LineFeeder } from './line-feeder';

const chunkSize = 4 * 1024 * 1024;
/** Room before a chunk for the rest of the line before it. */
const headroom = 64 * 1024;
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

/**
 * Reads a log from its beginning to its end, plain or gzip: its first bytes decide, not its name.
 * @param onBytes told how many bytes of the file have been read, as it lies on disk
 * @throws LogReadError, after what could be read was fed
 */
export async function readLog(file: string, feeder: LineFeeder, onBytes: (bytes: number) => void): Promise<void> {
  try {
    await ((await isGzip(file)) ? readGzip : readPlain)(file, feeder, onBytes);
  } catch (error) {
    throw error instanceof LogReadError
      ? error
      : new LogReadError(`it cannot be read: ${reasonOf(error)}`, fixOf(error));
  } finally {
    feeder.end();
  }
}

function fixOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^E(ACCES|PERM)$/.test(code) ? 'run this as a user who may read it' : 'give a copy that can be read';
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.toString('hex', 0, bytesRead);
    const other = otherFormats.find(([first]) => magic.startsWith(first));
    if (other) {
      throw new LogReadError(`it is compressed with ${other[1]}`, 'unpack it, or compress it with gzip');
    }
    return magic.startsWith(gzipMagic);
  } finally {
    await handle.close();
  }
}

/** Reads one chunk while the one before is scanned. */
async function readPlain(file: string, feeder: LineFeeder, onBytes: (bytes: number) => void): Promise<void> {
  const handle = await open(file, 'r');
  try {
    let buffer = Buffer.allocUnsafeSlow(headroom + chunkSize);
    let other = Buffer.allocUnsafeSlow(headroom + chunkSize);
    let { bytesRead } = await handle.read(buffer, headroom, chunkSize);
    while (bytesRead > 0) {
      // The rest of the last line lies in the other buffer, so it is taken before that one is filled.
      const view = feeder.join(buffer, headroom, headroom + bytesRead);
      const next = handle.read(other, headroom, chunkSize);
      feeder.scan(view);
      onBytes(bytesRead);
      ({ bytesRead } = await next);
      [buffer, other] = [other, buffer];
    }
  } finally {
    await handle.close();
  }
}

/** Takes what comes as it comes: when the end is missing, nothing before it is lost. */
async function readGzip(file: string, feeder: LineFeeder, onBytes: (bytes: number) => void): Promise<void> {
  const packed = createReadStream(file, { highWaterMark: 1024 * 1024 });
  const unpacked = createGunzip({ chunkSize: 1024 * 1024 });
  packed.on('data', (bytes) => {
    onBytes(bytes.length);
  });
  await new Promise<void>((resolve, reject) => {
    packed.once('error', reject);
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
}
