import { Presets, SingleBar } from 'cli-progress';

/** The part of a stream that progress is written to. */
interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Progress of work of a known amount. */
export interface Progress {
  readonly add: (amount: number) => void;
  readonly end: () => void;
}

interface Amount {
  readonly what: string;
  readonly total: number;
  readonly unit: string;
  /** How much one unit is. */
  readonly size: number;
}

const megabyte = 1_000_000;
/** Less is read before anybody wonders. */
const worthShowing = { bytes: 100 * megabyte, files: 500 };
const lineInterval = 10_000;

/**
 * Shows on standard error how much of some files has been read: a bar on a terminal, a line now and then elsewhere, and
 * nothing for few bytes.
 */
export function byteProgress(what: string, totalBytes: number, output: Output = process.stderr): Progress {
  return totalBytes < worthShowing.bytes
    ? noProgress
    : show({ what, total: totalBytes, unit: 'MB', size: megabyte }, output);
}

/** As {@link byteProgress}, by the number of files. */
export function fileProgress(what: string, total: number, output: Output = process.stderr): Progress {
  return total < worthShowing.files ? noProgress : show({ what, total, unit: 'files', size: 1 }, output);
}

const noProgress: Progress = { add: () => undefined, end: () => undefined };

function show(amount: Amount, output: Output): Progress {
  return output.isTTY ? barProgress(amount, output) : lineProgress(amount, output);
}

function barProgress({ what, total, unit, size }: Amount, stream: Output): Progress {
  const bar = new SingleBar(
    { stream, format: `{what} {bar} {value}/{total} ${unit}, {eta_formatted} left`, hideCursor: true },
    Presets.shades_grey,
  );
  bar.start(Math.ceil(total / size), 0, { what });
  let done = 0;
  return {
    add: (more) => {
      done += more;
      bar.update(Math.floor(done / size));
    },
    end: () => {
      bar.update(Math.ceil(done / size));
      bar.stop();
    },
  };
}

function lineProgress({ what, total, unit, size }: Amount, output: Output): Progress {
  let [done, shown] = [0, Date.now()];
  const line = (): void => {
    shown = Date.now();
    output.write(`${what}: ${Math.ceil(done / size)} of ${Math.ceil(total / size)} ${unit}\n`);
  };
  return {
    add: (more) => {
      done += more;
      if (Date.now() - shown >= lineInterval) {
        line();
      }
    },
    end: line,
  };
}
