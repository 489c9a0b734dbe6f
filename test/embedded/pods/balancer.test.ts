import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { backendsOf, type EndpointSlice, ServiceBalancer } from '../../../lib/embedded/pods/balancer';
import type { KubernetesClient, KubernetesObject } from '../../../lib/kubernetes/client';
import { type Answer, ApiServer } from '../../support/api-server';

type Conditions = NonNullable<NonNullable<EndpointSlice['endpoints']>[number]['conditions']>;

function slice(port: number, addresses: Readonly<Record<string, Conditions>>): EndpointSlice & KubernetesObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', uid: 'web-1' },
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: Object.entries(addresses).map(([address, conditions]) => ({ addresses: [address], conditions })),
  };
}

const addressesOf = (slices: EndpointSlice[], portName?: string): string[] =>
  backendsOf(slices, portName).map(({ address, port }) => `${address}:${port}`);

describe('backendsOf', () => {
  const ready = { ready: true, serving: true, terminating: false };
  const ending = { ready: false, serving: true, terminating: true };
  const starting = { ready: false, serving: false, terminating: false };

  test('new connections go to what is ready', () => {
    expect(addressesOf([slice(80, { '10.0.0.1': ready, '10.0.0.2': ending, '10.0.0.3': starting })])).toEqual([
      '10.0.0.1:80',
    ]);
  });

  test('and to what still serves while it ends, where nothing is ready', () => {
    const gone = { ready: false, serving: false, terminating: true };
    expect(addressesOf([slice(80, { '10.0.0.1': ending, '10.0.0.2': gone, '10.0.0.3': starting })])).toEqual([
      '10.0.0.1:80',
    ]);
  });

  test('conditions that are left out count as ready', () => {
    expect(addressesOf([slice(80, { '10.0.0.1': {} })])).toEqual(['10.0.0.1:80']);
  });

  test('takes the port by its name, of all slices', () => {
    const two = {
      ...slice(80, { '10.0.0.1': ready }),
      ports: [
        { name: 'http', port: 80 },
        { name: 'metrics', port: 9090 },
      ],
    };
    expect(addressesOf([two, slice(81, { '10.0.0.2': ready })], 'metrics')).toEqual(['10.0.0.1:9090']);
    expect(addressesOf([two, slice(81, { '10.0.0.2': ready })], 'http')).toEqual(['10.0.0.1:80', '10.0.0.2:81']);
  });

  test('is nothing where the API server leaves lists out, or the port is no TCP port', () => {
    expect(addressesOf([{}, { ports: null, endpoints: null }])).toEqual([]);
    expect(addressesOf([{ ...slice(80, { '10.0.0.1': ready }), ports: [{ port: 53, protocol: 'UDP' }] }])).toEqual([]);
  });
});

describe('ServiceBalancer', () => {
  const slices =
    '/apis/discovery.k8s.io/v1/namespaces/team/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dweb';
  let service: Answer;
  let listed: EndpointSlice[];
  const api = new ApiServer((path) => {
    switch (path) {
      case '/api/v1':
        return { body: { resources: [{ name: 'services', kind: 'Service', namespaced: true }] } };
      case '/apis/discovery.k8s.io/v1':
        return { body: { resources: [{ name: 'endpointslices', kind: 'EndpointSlice', namespaced: true }] } };
      case '/api/v1/namespaces/team/services/web':
        return service;
      case slices:
        return { body: { metadata: { resourceVersion: '1' }, items: listed } };
      case `${slices}&watch=true&resourceVersion=1`:
        return { stream: 'slices' };
      default:
        return undefined;
    }
  });
  let kubernetes: KubernetesClient;
  const pods: Server[] = [];
  let port: number;

  beforeAll(async () => {
    kubernetes = await api.start();
    // Every loopback address is this machine, so each pod has one of its own, and the port is the same.
    port = await startPod('127.0.0.1', 0);
    await startPod('127.0.0.2', port);
  });

  afterAll(async () => {
    pods.forEach((pod) => pod.close());
    await api.stop();
    await kubernetes.close();
  });

  beforeEach(() => {
    service = { body: { spec: { ports: [{ port: 80 }] } } };
    listed = [slice(port, { '127.0.0.1': {}, '127.0.0.2': {} })];
  });

  /** Tells its address, then repeats what it hears until the client ends. */
  async function startPod(address: string, wanted: number): Promise<number> {
    const pod = createServer({ allowHalfOpen: true }, (socket) => {
      socket.write(`${address} `);
      socket.pipe(socket);
      socket.once('error', () => undefined);
    });
    pods.push(pod);
    await new Promise<void>((resolve) => pod.listen(wanted, address, resolve));
    return (pod.address() as AddressInfo).port;
  }

  async function ask(address: string, question: string): Promise<string> {
    const [host = '', number] = address.split(':');
    return await new Promise((resolve, reject) => {
      let text = '';
      const socket = connect({ host, port: Number(number), allowHalfOpen: true });
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.once('end', () => {
        resolve(text);
      });
      socket.once('error', reject);
      socket.end(question);
    });
  }

  async function until(holds: () => boolean): Promise<void> {
    for (const deadline = Date.now() + 5_000; !holds() && Date.now() < deadline;) {
      await delay(5);
    }
    expect(holds()).toBe(true);
  }

  const start = async (): Promise<ServiceBalancer> =>
    await ServiceBalancer.start(kubernetes, { namespace: 'team', service: 'web' });

  test('hands connections to the pods in turn, whole in both directions', async () => {
    const balancer = await start();
    const question = 'x'.repeat(100_000);
    const answers = [
      await ask(balancer.address, question),
      await ask(balancer.address, question),
      await ask(balancer.address, ''),
    ];
    expect(answers).toEqual([`127.0.0.1 ${question}`, `127.0.0.2 ${question}`, '127.0.0.1 ']);
    await balancer.close();
  });

  test('follows readiness, and leaves a connection with its pod', async () => {
    await until(() => api.followers('slices') === 0);
    const balancer = await start();
    const [host = '', number] = balancer.address.split(':');
    const old = connect({ host, port: Number(number) });
    let heard = '';
    old.on('data', (chunk) => (heard += chunk.toString()));
    await until(() => heard !== '');
    await until(() => api.followers('slices') === 1);
    api.send('slices', 'MODIFIED', slice(port, { '127.0.0.1': { ready: false }, '127.0.0.2': {} }));
    await until(() => balancer.backends.length === 1);
    expect([await ask(balancer.address, 'a'), await ask(balancer.address, 'b')]).toEqual([
      '127.0.0.2 a',
      '127.0.0.2 b',
    ]);
    old.write('still there');
    await until(() => heard.includes('still there'));
    expect(heard).toBe('127.0.0.1 still there');
    const closed = new Promise((resolve) => old.once('close', resolve));
    await balancer.close();
    await closed;
  });

  test('fails a connection where no pod is ready, and where a pod does not listen, without another try', async () => {
    listed = [];
    const empty = await start();
    await expect(ask(empty.address, 'a')).rejects.toThrow('ECONNRESET');
    await empty.close();

    listed = [slice(port, { '127.0.0.3': {}, '127.0.0.2': {} })];
    const half = await start();
    await expect(ask(half.address, 'a')).rejects.toThrow('ECONNRESET');
    expect(await ask(half.address, 'b')).toBe('127.0.0.2 b');
    await half.close();
  });

  test('fails for a Service that does not exist', async () => {
    service = { status: 404 };
    await expect(start()).rejects.toThrow('there is no Service team/web');
  });

  test('fails for a Service with several ports, or without the chosen one', async () => {
    service = { body: { spec: { ports: [{ name: 'http' }, { name: 'metrics' }] } } };
    await expect(start()).rejects.toThrow('Service team/web: no port is chosen, allowed: http, metrics');
    const chosen = ServiceBalancer.start(kubernetes, { namespace: 'team', service: 'web', portName: 'grpc' });
    await expect(chosen).rejects.toThrow('Service team/web: it has no port "grpc", allowed: http, metrics');
  });

  test('fails for a port that is taken', async () => {
    const taken = ServiceBalancer.start(kubernetes, { namespace: 'team', service: 'web', port });
    await expect(taken).rejects.toThrow('EADDRINUSE');
  });
});
