import { consoleReporter } from '../../lib/embedded/reporter';

function output(isTTY: boolean): { isTTY: boolean; columns: number; text: string; write: (text: string) => void } {
  return {
    isTTY,
    columns: 30,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

describe('consoleReporter', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('writes plain lines where there is no terminal', () => {
    const file = output(false);
    const reporter = consoleReporter(file);
    const task = reporter.task('building vault');
    jest.advanceTimersByTime(60_000);
    task.end('built vault in 60.0 s');
    reporter.task('quiet').end();
    expect(file.text).toBe('building vault ...\nbuilt vault in 60.0 s\nquiet ...\n');
  });

  it('keeps the running tasks with their seconds on the last line of a terminal', () => {
    const terminal = output(true);
    const reporter = consoleReporter(terminal);
    const vault = reporter.task('vault');
    const etcd = reporter.task('etcd');
    jest.advanceTimersByTime(2000);
    const last = (): string => terminal.text.split('\r\u001b[K').at(-1) ?? '';
    expect(last()).toBe('vault 2 s, etcd 2 s');
    etcd.end('etcd is ready');
    expect(terminal.text).toContain('\r\u001b[Ketcd is ready\n');
    expect(last()).toBe('vault 2 s');
    vault.end();
    expect(last()).toBe('');
    terminal.text = '';
    jest.advanceTimersByTime(5000);
    expect(terminal.text).toBe('');
  });

  it('never writes more than the width of the terminal on that line', () => {
    const terminal = output(true);
    consoleReporter(terminal).task('a'.repeat(100)).end();
    expect(Math.max(...terminal.text.split('\r\u001b[K').map(({ length }) => length))).toBe(29);
  });
});
