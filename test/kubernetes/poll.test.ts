import { KubernetesError } from '../../lib/kubernetes/client';
import { poll } from '../../lib/kubernetes/poll';

function looks(...results: (string | undefined | Error)[]): () => Promise<string | undefined> {
  return async () => {
    const next = results.shift();
    if (next instanceof Error) {
      throw next;
    }
    return await Promise.resolve(next);
  };
}

const away = new KubernetesError('kubernetes cannot be reached', 0);

test('looks until there is something, also while the API server is away', async () => {
  expect(await poll(looks(undefined, away, new KubernetesError('busy', 429), undefined, 'found'), { pollMs: 1 })).toBe(
    'found',
  );
});

test('fails when the API server stays away', async () => {
  await expect(poll(looks(...new Array<Error>(1000).fill(away)), { pollMs: 1, outageMs: 20 })).rejects.toBe(away);
});

test('fails at once when the API server refuses, and when the look gives up', async () => {
  const forbidden = new KubernetesError('forbidden', 403);
  await expect(poll(looks(forbidden), { pollMs: 1 })).rejects.toBe(forbidden);
  await expect(poll(looks(new Error('too late')), { pollMs: 1 })).rejects.toThrow('too late');
});
