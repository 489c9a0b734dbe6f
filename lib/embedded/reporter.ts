/** Where long work tells how far it is. */
export interface Reporter {
  /** One finished fact. */
  line(text: string): void;
  /** Something that takes a while. */
  task(text: string): Task;
}

interface Task {
  /** Ends the task, with a line unless the text is left out. */
  end(text?: string): void;
}

/** Says nothing. */
export const silentReporter: Reporter = { line: () => undefined, task: () => ({ end: () => undefined }) };

/** The part of a stream that is written to. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Plain lines, for CI and files. */
class LineReporter implements Reporter {
  constructor(protected readonly output: Output) {}

  line(text: string): void {
    this.output.write(`${text}\n`);
  }

  task(text: string): Task {
    this.line(`${text} ...`);
    return {
      end: (result) => {
        if (result !== undefined) {
          this.line(result);
        }
      },
    };
  }
}

const eraseLine = '\r\u001b[K';

/** On a terminal the running tasks share the last line, with their seconds. */
class TerminalReporter extends LineReporter {
  readonly #running = new Map<Task, { readonly text: string; readonly since: number }>();
  #timer: NodeJS.Timeout | undefined;

  override line(text: string): void {
    this.output.write(`${eraseLine}${text}\n`);
    this.draw();
  }

  override task(text: string): Task {
    const task: Task = {
      end: (result) => {
        this.#running.delete(task);
        if (this.#running.size === 0) {
          clearInterval(this.#timer);
          this.#timer = undefined;
        }
        if (result === undefined) {
          this.draw();
        } else {
          this.line(result);
        }
      },
    };
    this.#running.set(task, { text, since: Date.now() });
    this.#timer ??= setInterval(() => {
      this.draw();
    }, 1000).unref();
    this.draw();
    return task;
  }

  private draw(): void {
    const parts = [...this.#running.values()].map(
      ({ text, since }) => `${text} ${Math.round((Date.now() - since) / 1000)} s`,
    );
    this.output.write(`${eraseLine}${parts.join(', ').slice(0, (this.output.columns ?? 80) - 1)}`);
  }
}

/**
 * Progress on standard error, so that standard output holds results only: a live line on a terminal, plain lines
 * elsewhere.
 */
export function consoleReporter(output: Output = process.stderr): Reporter {
  return output.isTTY ? new TerminalReporter(output) : new LineReporter(output);
}
