import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { environmentError } from '../../cli/errors';
import type { KubernetesClient, KubernetesObject } from '../../kubernetes/client';
import { followObjects } from '../../kubernetes/follow';
import { loopback } from '../ports';

/** A pod's address and port. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** Which Service is served, and where. */
export interface BalancerOptions {
  readonly namespace: string;
  readonly service: string;
  /** Name of the Service's port. @default - the only port */
  readonly portName?: string;
  /** Port on the loopback address. @default - any free one */
  readonly port?: number;
}

/** The parts of an EndpointSlice (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/). */
export interface EndpointSlice {
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[] | null;
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
      }[]
    | null;
}

/**
 * Where new connections go: to the endpoints that are ready, and where there is none, to those that still serve while
 * they end, as kube-proxy does (https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-to-terminating-endpoints).
 */
export function backendsOf(slices: readonly EndpointSlice[], portName?: string): Backend[] {
  const all = slices.flatMap(({ ports, endpoints }) => {
    const tcp = (ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
    const port = (portName === undefined ? tcp[0] : tcp.find(({ name }) => name === portName))?.port;
    return (endpoints ?? []).flatMap(({ addresses, conditions }) =>
      port === undefined || addresses[0] === undefined ? [] : [{ address: addresses[0], port, conditions }],
    );
  });
  // A missing condition counts as true for ready and serving, as the API says.
  const ready = all.filter(({ conditions }) => conditions?.ready ?? true);
  const ending = all.filter(({ conditions }) => (conditions?.serving ?? true) && conditions?.terminating === true);
  return (ready.length > 0 ? ready : ending).map(({ address, port }) => ({ address, port }));
}

/**
 * A Service without kube-proxy: a loopback port that hands each connection to the next of the Service's pods, and
 * follows their readiness. A connection stays with its pod to the end. Nothing is tried twice, so a client sees every
 * failure that it would see in a cluster.
 */
export class ServiceBalancer {
  readonly #end = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #backends: readonly Backend[] = [];
  #next = 0;

  private constructor(
    private readonly kubernetes: KubernetesClient,
    private readonly options: BalancerOptions,
  ) {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      this.hand(client);
    });
  }

  /**
   * Starts one for a Service.
   * @throws CliError when the Service does not exist, or has several ports and none is chosen
   */
  static async start(kubernetes: KubernetesClient, options: BalancerOptions): Promise<ServiceBalancer> {
    await checkService(kubernetes, options);
    const balancer = new ServiceBalancer(kubernetes, options);
    try {
      await balancer.follow();
      await balancer.listen();
      return balancer;
    } catch (error) {
      balancer.#end.abort();
      throw error;
    }
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${loopback}:${port}`;
  }

  /** Where new connections go now. */
  get backends(): readonly Backend[] {
    return this.#backends;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#end.abort();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private async follow(): Promise<void> {
    const { namespace, service, portName } = this.options;
    const following = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace,
      labelSelector: `kubernetes.io/service-name=${service}`,
      signal: this.#end.signal,
    };
    await new Promise<void>((resolve, reject) => {
      followObjects(this.kubernetes, following, (slices) => {
        this.#backends = backendsOf(slices as readonly (KubernetesObject & EndpointSlice)[], portName);
        resolve();
      }).catch(reject);
    });
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: loopback, port: this.options.port ?? 0 }, resolve);
    });
  }

  private hand(client: Socket): void {
    const backend = this.#backends[this.#next % this.#backends.length];
    this.#next += 1;
    this.keep(client);
    if (!backend) {
      // What a client of a Service without endpoints sees.
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: backend.address, port: backend.port, allowHalfOpen: true });
    this.keep(server);
    server.once('error', () => client.resetAndDestroy());
    client.once('error', () => server.resetAndDestroy());
    server.once('connect', () => {
      client.pipe(server);
      server.pipe(client);
    });
  }

  private keep(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

async function checkService(kubernetes: KubernetesClient, options: BalancerOptions): Promise<void> {
  const { namespace, service, portName } = options;
  const found = await kubernetes.get('v1', 'Service', service, namespace);
  if (!found) {
    throw environmentError(`there is no Service ${namespace}/${service}`, 'apply the manifests, or correct its name');
  }
  const { ports = [] } = found.spec as { ports?: { name?: string }[] };
  const names = ports.map(({ name }) => name ?? '');
  if (portName === undefined ? ports.length !== 1 : !names.includes(portName)) {
    const got = portName === undefined ? 'no port is chosen' : `it has no port "${portName}"`;
    throw environmentError(
      `Service ${namespace}/${service}: ${got}, allowed: ${names.join(', ') || 'none'}`,
      'name one of its ports',
    );
  }
}
