import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../reencryption';

/** The part of a stream that progress is written to. */
interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** On standard error, so that standard output holds the result only: a bar on a terminal, a line now and then elsewhere. */
export function reencryptionProgress(output: Output = process.stderr): Progress {
  return output.isTTY ? new BarProgress(output) : new LineProgress(output);
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

const lineInterval = 10_000;

class LineProgress implements Progress {
  readonly #output: Output;
  #target = '';
  #total = 0;
  #done = 0;
  #shown = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  start(target: string, values: number): void {
    [this.#target, this.#total, this.#done] = [target, values, 0];
    this.#show();
  }

  add(values: number): void {
    this.#done += values;
    if (Date.now() - this.#shown >= lineInterval) {
      this.#show();
    }
  }

  end(): void {
    this.#show();
  }

  #show(): void {
    this.#shown = Date.now();
    this.#output.write(`${this.#target}: ${this.#done} of ${this.#total} values\n`);
  }
}
