import { Presets, SingleBar } from 'cli-progress';
// Not from the index, which loads a database driver.
import { LineProgress } from '../reencryption/line-progress';
import type { Progress } from '../reencryption/reencrypt';

/** The part of a stream that progress is written to. */
interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** On standard error, so that standard output holds the result only: a bar on a terminal, a line now and then elsewhere. */
export function reencryptionProgress(output: Output = process.stderr): Progress {
  return output.isTTY
    ? new BarProgress(output)
    : new LineProgress((line) => {
        output.write(`${line}\n`);
      });
}

class BarProgress implements Progress {
  readonly #bar: SingleBar;

  constructor(stream: NodeJS.WritableStream) {
    this.#bar = new SingleBar(
      { stream, format: '{target} {bar} {value}/{total} values, {eta_formatted} left', hideCursor: true },
      Presets.shades_grey,
    );
  }

  start(target: string, values: number): void {
    this.#bar.start(values, 0, { target });
  }

  add(values: number): void {
    this.#bar.increment(values);
  }

  end(): void {
    this.#bar.stop();
  }
}
