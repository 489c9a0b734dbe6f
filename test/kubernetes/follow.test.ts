import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesClient, KubernetesObject } from '../../lib/kubernetes/client';
import { followObjects } from '../../lib/kubernetes/follow';
import { type Answer, ApiServer } from '../support/api-server';

function pod(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name } };
}

const kinds = { body: { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] } };
const path = '/api/v1/namespaces/default/pods';

/** What was seen, newest last, as names. */
class Following {
  readonly seen: string[] = [];
  readonly #end = new AbortController();
  ended: Promise<void>;

  constructor(kubernetes: KubernetesClient) {
    const options = {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'default',
      labelSelector: 'app=x',
      signal: this.#end.signal,
    };
    this.ended = followObjects(kubernetes, options, (objects) => {
      this.seen.push(objects.map(({ metadata }) => metadata.name).join(' '));
    });
  }

  async until(names: string): Promise<void> {
    for (const deadline = Date.now() + 5_000; this.seen.at(-1) !== names && Date.now() < deadline;) {
      await delay(5);
    }
    expect(this.seen.at(-1)).toBe(names);
  }

  async end(): Promise<void> {
    this.#end.abort();
    await this.ended;
  }
}

let list: Answer;
const server = new ApiServer((asked) => {
  switch (asked) {
    case '/api/v1':
      return kinds;
    case `${path}?labelSelector=app%3Dx`:
      return list;
    case `${path}?labelSelector=app%3Dx&watch=true&resourceVersion=7`:
      return { stream: 'pods' };
    default:
      return undefined;
  }
});
let kubernetes: KubernetesClient;

beforeAll(async () => {
  kubernetes = await server.start();
});

afterAll(async () => {
  await server.stop();
  await kubernetes.close();
});

beforeEach(() => {
  list = { body: { metadata: { resourceVersion: '7' }, items: [pod('a'), pod('b')] } };
});

async function untilWatched(): Promise<void> {
  while (server.followers('pods') === 0) {
    await delay(5);
  }
}

test('keeps a copy true, by a list and then every change', async () => {
  const following = new Following(kubernetes);
  await following.until('a b');
  await untilWatched();
  server.send('pods', 'ADDED', pod('c'));
  await following.until('a b c');
  server.send('pods', 'DELETED', pod('a'));
  await following.until('b c');
  server.send('pods', 'MODIFIED', pod('b'));
  server.send('pods', 'BOOKMARK', pod('z'));
  await following.until('b c');
  await following.end();
});

test.each([
  [
    'the connection breaks',
    () => {
      server.breakOff('pods');
    },
  ],
  [
    'the server has forgotten the version',
    () => {
      server.send('pods', 'ERROR', pod('status'));
    },
  ],
])('starts over when %s', async (_, happen) => {
  const following = new Following(kubernetes);
  await following.until('a b');
  await untilWatched();
  list = { body: { metadata: { resourceVersion: '7' }, items: [pod('d')] } };
  happen();
  await following.until('d');
  await following.end();
});

test('goes on after the server was away', async () => {
  list = { status: 503 };
  const following = new Following(kubernetes);
  await delay(50);
  expect(following.seen).toEqual([]);
  list = { body: { metadata: { resourceVersion: '7' }, items: [pod('a')] } };
  await following.until('a');
  await following.end();
});

test('fails when the server refuses', async () => {
  list = { status: 403 };
  await expect(new Following(kubernetes).ended).rejects.toThrow(
    `kubernetes refused GET ${path}?labelSelector=app%3Dx (403): refused`,
  );
});
