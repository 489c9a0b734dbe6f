import * as grpc from '@grpc/grpc-js';
import { ResourceProviderClient, ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { Status } from '@pulumi/pulumi/proto/status_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import {
  NotReadyError,
  type ResourceHandler,
  type ResourceProvider,
  UnsupportedError,
} from '../../../lib/embedded/providers/resource-provider';
import { providerService } from '../../../lib/embedded/providers/server';
import { fromStruct, type PropertyMap, secret, toStruct } from '../../../lib/embedded/providers/values';

const unexpected = (): never => {
  throw new Error('unexpected call');
};

function providerOf(handler: Partial<ResourceHandler>): ResourceProvider {
  return {
    name: 'demo',
    version: '1.2.3',
    configure: () => Promise.resolve(),
    resource: (type) => {
      if (type !== 'demo:index:Thing') {
        throw new UnsupportedError(`no ${type}, there is demo:index:Thing`);
      }
      return {
        check: unexpected,
        diff: unexpected,
        create: unexpected,
        read: unexpected,
        update: unexpected,
        delete: unexpected,
        ...handler,
      };
    },
  };
}

const urn = 'urn:pulumi:stack::project::demo:index:Parent$demo:index:Thing::name';

/** The answer to one call of the engine. */
async function answer<Response>(
  send: (callback: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return await new Promise((resolve, reject) => {
    send((error, response) => {
      if (error) {
        reject(error);
      } else {
        resolve(response);
      }
    });
  });
}

describe('the provider service', () => {
  const open: { close: () => void }[] = [];

  async function serving(provider: ResourceProvider): Promise<ResourceProviderClient> {
    const server = new grpc.Server();
    server.addService(ResourceProviderService, providerService(provider) as grpc.UntypedServiceImplementation);
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, bound) => {
        resolve(bound);
      });
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    open.push(client, {
      close: () => {
        server.forceShutdown();
      },
    });
    return client;
  }

  afterEach(() => {
    for (const one of open.splice(0)) {
      one.close();
    }
  });

  it('takes the arguments of the provider without the marks of secrets', async () => {
    const configured: PropertyMap[] = [];
    const client = await serving({
      ...providerOf({}),
      configure: (config) => {
        configured.push(config);
        return Promise.resolve();
      },
    });
    const request = new messages.ConfigureRequest();
    request.setArgs(toStruct({ token: secret('word'), address: 'https://vault' }));
    const response = await answer<messages.ConfigureResponse>((done) => client.configure(request, done));
    expect(configured).toEqual([{ token: 'word', address: 'https://vault' }]);
    expect(response.getAcceptsecrets()).toBe(false);
    expect(response.getSupportspreview()).toBe(true);
  });

  it('tells what is wrong with inputs, property by property', async () => {
    const failures = [{ property: 'path', reason: 'is missing' }];
    const client = await serving(providerOf({ check: (inputs) => Promise.resolve({ inputs, failures }) }));
    const request = new messages.CheckRequest();
    request.setUrn(urn);
    request.setNews(toStruct({ a: 1 }));
    const response = await answer<messages.CheckResponse>((done) => client.check(request, done));
    expect(response.toObject().failuresList).toEqual(failures);
    expect(fromStruct(response.getInputs())).toEqual({ a: 1 });
  });

  it('tells changes with their paths and those that replace', async () => {
    const changes = new Map([
      ['metadata.name', { kind: 'update', replace: true }],
      ['spec.a', { kind: 'add' }],
    ] as const);
    const client = await serving(providerOf({ diff: () => Promise.resolve({ changes, deleteBeforeReplace: true }) }));
    const request = new messages.DiffRequest();
    request.setUrn(urn);
    const response = await answer<messages.DiffResponse>((done) => client.diff(request, done));
    expect(response.getReplacesList()).toEqual(['metadata.name']);
    expect(response.getDiffsList()).toEqual(['metadata', 'spec']);
    expect(response.getDeletebeforereplace()).toBe(true);
    expect(response.getChanges()).toBe(messages.DiffResponse.DiffChanges.DIFF_SOME);
  });

  it('tells that a resource is gone by an empty id', async () => {
    const client = await serving(providerOf({ read: () => Promise.resolve(undefined) }));
    const request = new messages.ReadRequest();
    request.setUrn(urn);
    request.setId('x');
    expect((await answer<messages.ReadResponse>((done) => client.read(request, done))).getId()).toBe('');
  });

  it('hands over the state of a resource that did not become ready', async () => {
    const error = new NotReadyError('not after 1 s', { id: 'a/b', state: { spec: { a: 1 } } });
    const client = await serving(providerOf({ create: () => Promise.reject(error) }));
    const request = new messages.CreateRequest();
    request.setUrn(urn);
    const failure = await answer<messages.CreateResponse>((done) => client.create(request, done)).catch(
      (thrown: unknown) => thrown,
    );
    const { code, details, metadata } = failure as grpc.ServiceError;
    expect({ code, details }).toEqual({ code: grpc.status.UNKNOWN, details: 'not after 1 s' });
    const [packed] = metadata.get('grpc-status-details-bin');
    const [detail] = Status.deserializeBinary(packed as Buffer).getDetailsList();
    const failed = detail?.unpack(
      (bytes) => messages.ErrorResourceInitFailed.deserializeBinary(bytes),
      'pulumirpc.ErrorResourceInitFailed',
    );
    expect(failed?.getId()).toBe('a/b');
    expect(failed?.getReasonsList()).toEqual(['not after 1 s']);
    expect(fromStruct(failed?.getProperties())).toEqual({ spec: { a: 1 } });
  });

  it('ends what runs when the engine cancels', async () => {
    const client = await serving(
      providerOf({
        delete: async ({ signal }) => {
          await new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          });
          throw new Error('cancelled');
        },
      }),
    );
    const request = new messages.DeleteRequest();
    request.setUrn(urn);
    const deleting = expect(answer<Empty>((done) => client.delete(request, done))).rejects.toThrow('cancelled');
    await answer<Empty>((done) => client.cancel(new Empty(), done));
    await deleting;
  });

  it('fails as unimplemented on a type that it does not have', async () => {
    const client = await serving(providerOf({}));
    const request = new messages.CheckRequest();
    request.setUrn('urn:pulumi:stack::project::demo:index:Other::name');
    await expect(answer<messages.CheckResponse>((done) => client.check(request, done))).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
      details: 'no demo:index:Other, there is demo:index:Thing',
    });
  });

  it('fails as unimplemented on components and functions', async () => {
    const client = await serving(providerOf({}));
    const construct = new messages.ConstructRequest();
    construct.setType('demo:index:Component');
    await expect(answer<messages.ConstructResponse>((done) => client.construct(construct, done))).rejects.toMatchObject(
      {
        code: grpc.status.UNIMPLEMENTED,
        details: expect.stringContaining('plain resources only, not the component demo:index:Component') as string,
      },
    );
    const invoke = new messages.InvokeRequest();
    invoke.setTok('demo:index:getThing');
    await expect(answer<messages.InvokeResponse>((done) => client.invoke(invoke, done))).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
      details: expect.stringContaining('has no functions, got demo:index:getThing') as string,
    });
  });
});
