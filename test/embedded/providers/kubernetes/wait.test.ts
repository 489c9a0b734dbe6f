import { WaitError, waitUntil } from '../../../../lib/embedded/providers/kubernetes/wait';

describe('waiting', () => {
  const { signal } = new AbortController();

  it('gives what it waited for', async () => {
    let looks = 0;
    const look = (): Promise<{ result: number } | { message: string }> => {
      looks += 1;
      return Promise.resolve(looks === 3 ? { result: looks } : { message: 'not yet' });
    };
    expect(await waitUntil(look, { timeout: 10, signal })).toBe(3);
  });

  it('fails with the last words when the time is over', async () => {
    const look = (): Promise<{ message: string }> => Promise.resolve({ message: 'Ready is False' });
    await expect(waitUntil(look, { timeout: 0.1, signal })).rejects.toThrow(
      new WaitError('not after 0.1 s: Ready is False'),
    );
  });

  it('fails at once when it is cancelled', async () => {
    const cancelled = new AbortController();
    const look = (): Promise<{ message: string }> => {
      cancelled.abort();
      return Promise.resolve({ message: 'Ready is False' });
    };
    await expect(waitUntil(look, { timeout: 60, signal: cancelled.signal })).rejects.toThrow(
      'the wait was cancelled: Ready is False',
    );
  });
});
