import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { KubernetesClient } from '../../lib/kubernetes/client';
import { ControllerError, SealedSecretsControllerClient } from '../../lib/sealing/controller-client';
import { sealedSecretObject } from '../../lib/sealing/sealed-secret';

const object = sealedSecretObject({ namespace: 'shop', name: 'shop-secret' }, 'strict', { A: 'AgA=' });

describe('the client of the controller', () => {
  const servers: Server[] = [];

  afterEach(() => {
    servers.splice(0).forEach((server) => server.close());
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Answers by method and path; anything else is a failure of the test. */
  const answers =
    (known: Record<string, { status?: number; body?: string; type?: string }[]>): RequestListener =>
    (request, response) => {
      const answer = known[`${request.method ?? ''} ${request.url ?? ''}`]?.shift();
      request.resume();
      response.writeHead(answer ? (answer.status ?? 200) : 599, { 'Content-Type': answer?.type ?? 'text/plain' });
      response.end(answer?.body ?? '');
    };

  const rotated = JSON.stringify({ metadata: { name: 'ignored' }, spec: { encryptedData: { A: 'AgB=' } } });

  it('reads the certificate', async () => {
    const address = await serve(answers({ 'GET /v1/cert.pem': [{ body: 'PEM' }] }));
    expect(await SealedSecretsControllerClient.at(`${address}/`).certificate()).toBe('PEM');
  });

  it('sends an object and takes the sealed values of the answer only', async () => {
    let sent = '';
    const address = await serve((request, response) => {
      request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
      request.on('end', () => response.end(rotated));
    });
    expect(await SealedSecretsControllerClient.at(address).rotate(object)).toEqual({ A: 'AgB=' });
    expect(JSON.parse(sent)).toEqual(object);
  });

  it('waits while the controller has too much to do', async () => {
    const address = await serve(answers({ 'POST /v1/rotate': [{ status: 429 }, { status: 429 }, { body: rotated }] }));
    expect(await SealedSecretsControllerClient.at(address).rotate(object)).toEqual({ A: 'AgB=' });
  });

  it('says whether the controller can open an object', async () => {
    const address = await serve(answers({ 'POST /v1/verify': [{}, { status: 409 }] }));
    const client = SealedSecretsControllerClient.at(address);
    expect([await client.verify(object), await client.verify(object)]).toEqual([true, false]);
  });

  it('goes through the API server, to the first port of the Service', async () => {
    const json = 'application/json';
    const service = '/api/v1/namespaces/kube-system/services';
    const server = await serve(
      answers({
        'GET /api/v1': [
          {
            type: json,
            body: JSON.stringify({ resources: [{ name: 'services', kind: 'Service', namespaced: true }] }),
          },
        ],
        [`GET ${service}/sealed-secrets-controller`]: [
          { type: json, body: JSON.stringify({ spec: { ports: [{ name: 'http' }, { name: 'metrics' }] } }) },
        ],
        [`POST ${service}/http:sealed-secrets-controller:http/proxy/v1/rotate`]: [
          { body: rotated },
          { type: json, body: rotated },
        ],
      }),
    );
    const kubernetes = new KubernetesClient({ server });
    const client = await SealedSecretsControllerClient.through(kubernetes);
    expect(await client.rotate(object)).toEqual({ A: 'AgB=' });
    expect(await client.rotate(object)).toEqual({ A: 'AgB=' });
    await kubernetes.close();
  });

  it('fails on an answer that is not a SealedSecret, without showing it', async () => {
    const address = await serve(answers({ 'POST /v1/rotate': [{ body: 'hello' }] }));
    await expect(SealedSecretsControllerClient.at(address).rotate(object)).rejects.toThrow(
      'the Sealed Secrets controller answered /v1/rotate with something else',
    );
  });

  it('fails on a refusal and on silence', async () => {
    const address = await serve(answers({ 'POST /v1/rotate': [{ status: 500 }] }));
    await expect(SealedSecretsControllerClient.at(address).rotate(object)).rejects.toMatchObject({
      message: 'the Sealed Secrets controller refused POST /v1/rotate (500)',
      status: 500,
    });
    const silent = SealedSecretsControllerClient.at('http://127.0.0.1:1').certificate();
    await expect(silent).rejects.toBeInstanceOf(ControllerError);
    await expect(silent).rejects.toMatchObject({ status: 0 });
  });
});
