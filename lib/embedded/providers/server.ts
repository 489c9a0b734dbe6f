import { connect } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { type IResourceProviderServer, ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { Status } from '@pulumi/pulumi/proto/status_pb';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Changes } from './diff';
import { NotReadyError, type ResourceHandler, type ResourceProvider, UnsupportedError } from './resource-provider';
import { fromStruct, toStruct } from './values';

interface ResourceMessage {
  getUrn(): string;
}

/** `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`. */
function typeOf(request: ResourceMessage): string {
  return request.getUrn().split('::')[2]?.split('$').pop() ?? '';
}

function handler<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(serviceError(error));
      },
    );
  };
}

function serviceError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UnsupportedError) {
    return { code: grpc.status.UNIMPLEMENTED, details: message };
  }
  const answer = { code: grpc.status.UNKNOWN, details: message };
  return error instanceof NotReadyError ? { ...answer, metadata: partialFailure(error) } : answer;
}

/** The state travels in the details of the error: https://grpc.io/docs/guides/error/#richer-error-model. */
function partialFailure(error: NotReadyError): grpc.Metadata {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(error.resource.id);
  detail.setProperties(toStruct(error.resource.state));
  detail.setReasonsList([error.message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(error.message);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add('grpc-status-details-bin', Buffer.from(status.serializeBinary()));
  return metadata;
}

const kinds = {
  add: [messages.PropertyDiff.Kind.ADD, messages.PropertyDiff.Kind.ADD_REPLACE],
  update: [messages.PropertyDiff.Kind.UPDATE, messages.PropertyDiff.Kind.UPDATE_REPLACE],
  delete: [messages.PropertyDiff.Kind.DELETE, messages.PropertyDiff.Kind.DELETE_REPLACE],
} as const;

function diffResponse(changes: Changes, deleteBeforeReplace: boolean): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(changes.size === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  for (const [path, { kind, replace }] of changes) {
    const detail = new messages.PropertyDiff();
    detail.setKind(kinds[kind][replace ? 1 : 0]);
    response.getDetaileddiffMap().set(path, detail);
    response.addDiffs(path.split(/[.[]/)[0] ?? path);
    if (replace) {
      response.addReplaces(path);
    }
  }
  return response;
}

/** The calls of the engine, as calls of a provider. */
export function providerService(provider: ResourceProvider): Partial<IResourceProviderServer> {
  const cancelled = new AbortController();
  const { signal } = cancelled;
  const resourceOf = (request: ResourceMessage): ResourceHandler => provider.resource(typeOf(request));
  return {
    getPluginInfo: handler(() => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return Promise.resolve(info);
    }),
    configure: handler(async (request: messages.ConfigureRequest) => {
      await provider.configure(fromStruct(request.getArgs()));
      const response = new messages.ConfigureResponse();
      // Inputs then arrive without the marks of secrets, and the engine puts them back on the outputs of the same names.
      response.setAcceptsecrets(false);
      response.setSupportspreview(true);
      return response;
    }),
    check: handler(async (request: messages.CheckRequest) => {
      const checked = await resourceOf(request).check(fromStruct(request.getNews()), fromStruct(request.getOlds()));
      const response = new messages.CheckResponse();
      response.setInputs(toStruct(checked.inputs));
      for (const { property, reason } of checked.failures) {
        const failure = new messages.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        response.addFailures(failure);
      }
      return response;
    }),
    diff: handler(async (request: messages.DiffRequest) => {
      const { changes, deleteBeforeReplace = false } = await resourceOf(request).diff({
        id: request.getId(),
        state: fromStruct(request.getOlds()),
        oldInputs: fromStruct(request.getOldInputs()),
        inputs: fromStruct(request.getNews()),
      });
      return diffResponse(changes, deleteBeforeReplace);
    }),
    create: handler(async (request: messages.CreateRequest) => {
      const { id, state } = await resourceOf(request).create({
        inputs: fromStruct(request.getProperties()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
        signal,
      });
      const response = new messages.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(state));
      return response;
    }),
    read: handler(async (request: messages.ReadRequest) => {
      const found = await resourceOf(request).read({
        id: request.getId(),
        state: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      });
      const response = new messages.ReadResponse();
      // An empty id says that the resource is gone.
      if (found) {
        response.setId(found.id);
        response.setProperties(toStruct(found.state));
        response.setInputs(toStruct(found.inputs));
      }
      return response;
    }),
    update: handler(async (request: messages.UpdateRequest) => {
      const { state } = await resourceOf(request).update({
        id: request.getId(),
        state: fromStruct(request.getOlds()),
        oldInputs: fromStruct(request.getOldInputs()),
        inputs: fromStruct(request.getNews()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
        signal,
      });
      const response = new messages.UpdateResponse();
      response.setProperties(toStruct(state));
      return response;
    }),
    delete: handler(async (request: messages.DeleteRequest) => {
      const state = fromStruct(request.getProperties());
      await resourceOf(request).delete({ id: request.getId(), state, timeout: request.getTimeout(), signal });
      return new Empty();
    }),
    construct: handler((request: messages.ConstructRequest) =>
      Promise.reject(
        new UnsupportedError(
          `the stand-in for the ${provider.name} provider carries plain resources only, not the component ` +
            `${request.getType()}; expand it in the program`,
        ),
      ),
    ),
    invoke: handler((request: messages.InvokeRequest) =>
      Promise.reject(
        new UnsupportedError(
          `the stand-in for the ${provider.name} provider has no functions, got ${request.getTok()}; ` +
            `give the program the value as configuration`,
        ),
      ),
    ),
    cancel: handler(() => {
      cancelled.abort();
      return Promise.resolve(new Empty());
    }),
  };
}

/**
 * Serves a provider to the engine that started this process: its port goes to standard output, and the process ends
 * with the engine (https://www.pulumi.com/docs/iac/guides/building-extending/providers/provider-architecture/).
 * @param engine address of the engine, the first argument that the engine gives
 */
export async function serve(provider: ResourceProvider, engine = process.argv[2]): Promise<void> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(ResourceProviderService, providerService(provider) as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  exitWithEngine(engine);
  process.stdout.write(`${port}\n`);
}

/** A killed engine cannot end its providers, so they watch it. */
function exitWithEngine(engine: string | undefined): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      process.exit(1);
    }
  }, 500).unref();
  // It may have gone before its process id was read here.
  const [host, port] = engine?.split(/:(?=\d+$)/) ?? [];
  if (host && port) {
    const probe = connect({ host, port: Number(port) }, () => probe.destroy());
    probe.on('error', () => process.exit(1));
  }
}
