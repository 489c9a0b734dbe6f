import { Child } from './support/child';

describe('beforeTermination', () => {
  async function ready(behaviour: string): Promise<Child> {
    const child = new Child('embedded/support/guarded.ts', [behaviour]);
    await child.wrote('ready');
    return child;
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'cleans up on %s, and ends as that signal ends it',
    async (signal) => {
      const child = await ready('orderly');
      child.kill(signal);
      expect(await child.ended).toEqual({ code: null, signal, output: 'ready\ncleaned up in order\n' });
    },
  );

  it('cleans up at once when cleaning up in order fails', async () => {
    const child = await ready('failing');
    child.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: null, signal: 'SIGTERM', output: 'ready\ncleaned up at once\n' });
  });

  it('does not wait at the second Ctrl-C', async () => {
    const child = await ready('endless');
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill('SIGINT');
    expect(await child.ended).toEqual({ code: null, signal: 'SIGINT', output: 'ready\ncleaned up at once\n' });
  });

  it('cleans up at once on an uncaught error', async () => {
    const { code, output } = await new Child('embedded/support/guarded.ts', ['throwing']).ended;
    expect(code).toBe(1);
    expect(output).toContain('cleaned up at once');
  });
});
