import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall } from '@grpc/grpc-js';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb';
import { type LogRequest, LogSeverity, SetRootResourceResponse } from '@pulumi/pulumi/proto/engine_pb';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb';
import {
  type RegisterResourceRequest,
  RegisterResourceResponse,
  SupportsFeatureResponse,
} from '@pulumi/pulumi/proto/resource_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { projectRoot } from './documentation';

/** What Pulumi's runner did with the program. */
export interface RunResult {
  readonly exitCode: number;
  /** `type name` of each resource, in the order of registration. */
  readonly resources: readonly string[];
  /** What the user would see. */
  readonly messages: readonly string[];
}

/** See {@link runProject}. */
export interface RunOptions {
  readonly stack: string;
  /** By full key. */
  readonly config: Readonly<Record<string, string>>;
  readonly variables: NodeJS.ProcessEnv;
  /** Folder of Pulumi.yaml. @default - this repository */
  readonly root?: string;
}

/**
 * Runs the project as `pulumi up` does, without an engine: the SDK's own runner loads the program that Pulumi.yaml
 * names, and this process answers its registrations.
 */
export async function runProject(options: RunOptions): Promise<RunResult> {
  const resources: string[] = [];
  const messages: string[] = [];
  const server = new Server();
  addMonitor(server, options.stack, resources);
  addEngine(server, messages);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  try {
    const { exitCode, output } = await run(`127.0.0.1:${port}`, options);
    return { exitCode, resources, messages: output === '' ? messages : [...messages, output] };
  } finally {
    server.forceShutdown();
  }
}

/** As the engine reads it: a file starts in its own folder (pkg/engine/project.go, getPwdMain). */
function readProject(root: string): { readonly folder: string; readonly entryPoint: string; readonly name: string } {
  const { main, name } = parse(readFileSync(join(root, 'Pulumi.yaml'), 'utf8')) as {
    main: string;
    name: string;
  };
  const file = join(root, main);
  return { folder: dirname(file), entryPoint: file.slice(dirname(file).length + 1), name };
}

async function run(address: string, options: RunOptions): Promise<{ exitCode: number; output: string }> {
  const { root = projectRoot } = options;
  const { folder, entryPoint, name } = readProject(root);
  const runner = require.resolve('@pulumi/pulumi/cmd/run');
  const flags = {
    monitor: address,
    engine: address,
    project: name,
    'root-directory': root,
    stack: options.stack,
    pwd: folder,
    parallel: '16',
  };
  const args = [runner, ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]), entryPoint];
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    // What the language host passes on from `runtime.options`.
    PULUMI_NODEJS_TYPESCRIPT: 'true',
    PULUMI_CONFIG: JSON.stringify(options.config),
    PULUMI_CONFIG_SECRET_KEYS: '[]',
    ...options.variables,
  };
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}`.trim() });
    });
  });
}

type Handler<Request, Response> = (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>) => void;

function addMonitor(server: Server, stack: string, resources: string[]): void {
  const registerResource: Handler<RegisterResourceRequest, RegisterResourceResponse> = ({ request }, answer) => {
    const response = new RegisterResourceResponse();
    const type = request.getType();
    resources.push(`${type} ${request.getName()}`);
    response.setUrn(`urn:pulumi:${stack}::nivesh-secrets::${type}::${request.getName()}`);
    response.setId(`${request.getName()}-id`);
    response.setObject(request.getObject());
    answer(null, response);
  };
  const supportsFeature: Handler<unknown, SupportsFeatureResponse> = (_, answer) => {
    const response = new SupportsFeatureResponse();
    response.setHassupport(true);
    answer(null, response);
  };
  server.addService(ResourceMonitorService, {
    registerResource,
    supportsFeature,
    registerResourceOutputs: answerEmpty,
    signalAndWaitForShutdown: answerEmpty,
  });
}

function addEngine(server: Server, messages: string[]): void {
  const log: Handler<LogRequest, Empty> = ({ request }, answer) => {
    if (request.getSeverity() !== LogSeverity.DEBUG) {
      messages.push(request.getMessage());
    }
    answer(null, new Empty());
  };
  const setRootResource: Handler<unknown, SetRootResourceResponse> = (_, answer) => {
    answer(null, new SetRootResourceResponse());
  };
  server.addService(EngineService, { log, setRootResource });
}

function answerEmpty(_: unknown, answer: sendUnaryData<Empty>): void {
  answer(null, new Empty());
}
