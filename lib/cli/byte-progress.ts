import { Presets, SingleBar } from 'cli-progress';

/** The part of a stream that progress is written to. */
interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Progress of reading files. */
export interface ByteProgress {
  readonly add: (bytes: number) => void;
  readonly end: () => void;
}

const megabyte = 1_000_000;
/** Less is read before anybody wonders. */
const worthShowing = 100 * megabyte;
const lineInterval = 10_000;

/**
 * Shows on standard error how much of some files has been read: a bar on a terminal, a line now and then elsewhere, and
 * nothing for few bytes.
 */
export function byteProgress(what: string, totalBytes: number, output: Output = process.stderr): ByteProgress {
  if (totalBytes < worthShowing) {
    return { add: () => undefined, end: () => undefined };
  }
  return output.isTTY ? barProgress(what, totalBytes, output) : lineProgress(what, totalBytes, output);
}

function barProgress(what: string, totalBytes: number, stream: Output): ByteProgress {
  const bar = new SingleBar(
    { stream, format: '{what} {bar} {value}/{total} MB, {eta_formatted} left', hideCursor: true },
    Presets.shades_grey,
  );
  bar.start(Math.ceil(totalBytes / megabyte), 0, { what });
  let done = 0;
  return {
    add: (bytes) => {
      done += bytes;
      bar.update(Math.floor(done / megabyte));
    },
    end: () => {
      bar.update(Math.ceil(done / megabyte));
      bar.stop();
    },
  };
}

function lineProgress(what: string, totalBytes: number, output: Output): ByteProgress {
  const total = Math.ceil(totalBytes / megabyte);
  let [done, shown] = [0, Date.now()];
  const show = (): void => {
    shown = Date.now();
    output.write(`${what}: ${Math.ceil(done / megabyte)} of ${total} MB\n`);
  };
  return {
    add: (bytes) => {
      done += bytes;
      if (Date.now() - shown >= lineInterval) {
        show();
      }
    },
    end: show,
  };
}
