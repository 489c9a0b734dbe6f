import * as pulumi from '@pulumi/pulumi';
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb';

/** A resource as the program registered it. */
export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  /** Plain; a value that was marked as secret has Pulumi's signature. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Name of the provider resource; nothing for components. */
  readonly provider: string | undefined;
  /** URNs, those behind inputs included, sorted. */
  readonly dependencies: readonly string[];
  readonly importId: string | undefined;
  readonly retainOnDelete: boolean;
  /** Kinds of hooks that are bound, such as `afterCreate`. */
  readonly hooks: readonly string[];
}

/** Everything that a program registered, and what it returned. */
export interface Recording<T> {
  readonly resources: readonly RecordedResource[];
  readonly outputs: T;
  /** The only resource of a type and name. */
  readonly find: (type: string, name: string) => RecordedResource;
}

/** See {@link recordProgram}. */
export interface RecordOptions {
  /** @default 'test' */
  readonly stack?: string;
  /** By full key. @default - none */
  readonly config?: Readonly<Record<string, string>>;
  /** @default false */
  readonly preview?: boolean;
}

/** Types that the published providers and our components have; any other one is a mistake. */
const knownTypes = new Set([
  'pulumi:pulumi:Stack',
  'pulumi:providers:kubernetes',
  'pulumi:providers:vault',
  'kubernetes:helm.sh/v3:Release',
  'vault:index/audit:Audit',
  'vault:index/authBackend:AuthBackend',
  'vault:index/mount:Mount',
  'vault:index/policy:Policy',
  'vault:kubernetes/authBackendConfig:AuthBackendConfig',
  'vault:kubernetes/authBackendRole:AuthBackendRole',
  'vault:kv/secretBackendV2:SecretBackendV2',
]);

/** Objects of the cluster: the provider wants group and version in their type. */
const kubernetesObject = /^kubernetes:[a-z0-9.-]+\/v[a-z0-9]+:[A-Z][A-Za-z]+$/;
const component = /^nivesh:(kubernetes|operators|vault):[A-Z][A-Za-z]+$/;

/**
 * Runs a program as a stack, without an engine, and records every registration with its dependencies. It ends when the
 * last one has arrived. Types and calls that it does not know are errors.
 */
export async function recordProgram<T>(
  program: () => T | Promise<T>,
  options: RecordOptions = {},
): Promise<Recording<T>> {
  const { stack = 'test', preview = false } = options;
  await pulumi.runtime.setMocks({ newResource: answerResource, call: refuseCall }, 'nivesh-secrets', stack, preview);
  const resources = recordRegistrations();
  pulumi.runtime.setAllConfig({ ...options.config });
  let result: Promise<T> | undefined;
  await pulumi.runtime.runInPulumiStack(async () => {
    // A failure that leaves the stack's own promise ends the process, so it stays in this one.
    result = (async () => await program())();
    await Promise.allSettled([result]);
    return {};
  });
  // Waits for what is still on its way.
  await pulumi.runtime.disconnect();
  const outputs = (await result) as T;
  return {
    resources,
    outputs,
    find: (type, name) => {
      const found = resources.filter((resource) => resource.type === type && resource.name === name);
      const [resource] = found;
      if (!resource || found.length > 1) {
        throw new Error(
          `${found.length} resources ${type} ${name} among:\n${resources.map(({ urn }) => urn).join('\n')}`,
        );
      }
      return resource;
    },
  };
}

type Answer = (error: unknown, response?: { getUrn(): string }) => void;

/** The part of the SDK's monitor for mocks that sees every registration. */
interface Monitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: RegisterResourceRequest, answer: Answer): Promise<void>;
  registerResourceHook(request: unknown, answer: (error: unknown, response: object) => void): void;
}

/** The mocks themselves see neither dependencies nor options, so the registrations are taken from their monitor. */
function recordRegistrations(): RecordedResource[] {
  const resources: RecordedResource[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  monitor.newUrn = urnOf;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, answer) => {
    await register(request, (error, response) => {
      resources.push(record(response?.getUrn() ?? '', request));
      answer(error, response);
    });
  };
  // Only an engine calls hooks.
  monitor.registerResourceHook = (_, answer) => {
    answer(null, {});
  };
  return resources;
}

/** As the engine makes it: with the types of all parents but the stack. The mocks' own ones name the last parent only. */
function urnOf(parent: string, type: string, name: string): string {
  const parents = parent.split('::')[2] ?? '';
  const chain = parents === '' || parents === 'pulumi:pulumi:Stack' ? type : `${parents}$${type}`;
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${chain}::${name}`;
}

function answerResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
  if (!knownTypes.has(type) && !kubernetesObject.test(type) && !component.test(type)) {
    throw new Error(`unknown resource type ${type} of ${name}`);
  }
  return { id: `${name}-id`, state: { ...(inputs as object) } };
}

function refuseCall({ token }: { readonly token: string }): never {
  throw new Error(`unknown call ${token}`);
}

function record(urn: string, request: RegisterResourceRequest): RecordedResource {
  const provider = request.getProvider();
  const importId = request.getImportid();
  const hooks = request.getHooks();
  const bound = {
    beforeCreate: hooks?.getBeforeCreateList(),
    afterCreate: hooks?.getAfterCreateList(),
    beforeUpdate: hooks?.getBeforeUpdateList(),
    afterUpdate: hooks?.getAfterUpdateList(),
  };
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    provider: provider === '' ? undefined : provider.split('::').at(-2),
    dependencies: request.getDependenciesList().sort(),
    importId: importId === '' ? undefined : importId,
    retainOnDelete: request.getRetainondelete() ?? false,
    hooks: Object.entries(bound).flatMap(([kind, list]) => ((list ?? []).length > 0 ? [kind] : [])),
  };
}
