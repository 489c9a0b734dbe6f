import type { Reporter } from '../../../lib/embedded/reporter';

/** Keeps what is told. */
export class RecordingReporter implements Reporter {
  readonly lines: string[] = [];

  line(text: string): void {
    this.lines.push(text);
  }

  task(text: string): { end: (result?: string) => void } {
    this.lines.push(text);
    return {
      end: (result) => {
        if (result !== undefined) {
          this.lines.push(result);
        }
      },
    };
  }
}
