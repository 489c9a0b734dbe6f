import type { Changes } from './diff';
import type { PropertyMap } from './values';

/** A property that is wrong, with the reason in words for the person who wrote it. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** Inputs as they go to the other calls. */
export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures: readonly CheckFailure[];
}

export interface DiffRequest {
  readonly id: string;
  /** State as the last operation left it. */
  readonly state: PropertyMap;
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
}

export interface DiffResult {
  readonly changes: Changes;
  /** Whether the old one has to go first, because the new one has its name. @default false */
  readonly deleteBeforeReplace?: boolean;
}

/** What every operation that changes something is told. */
export interface Operation {
  /** Whether nothing may be changed. */
  readonly preview: boolean;
  /** Seconds of `customTimeouts`; 0 where there are none. */
  readonly timeout: number;
  /** Goes off when the engine cancels. */
  readonly signal: AbortSignal;
}

export interface CreateRequest extends Operation {
  readonly inputs: PropertyMap;
}

export interface UpdateRequest extends CreateRequest, DiffRequest {}

export interface ReadRequest {
  readonly id: string;
  /** Empty on import. */
  readonly state: PropertyMap;
  /** Empty on import. */
  readonly inputs: PropertyMap;
}

export interface DeleteRequest extends Omit<Operation, 'preview'> {
  readonly id: string;
  readonly state: PropertyMap;
}

/** A resource as it is; `id` is empty in a preview. */
export interface ResourceState {
  readonly id: string;
  readonly state: PropertyMap;
}

/** What a provider does for one type of resource. */
export interface ResourceHandler {
  check(inputs: PropertyMap, oldInputs: PropertyMap): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<ResourceState>;
  /** Nothing where the resource is gone. */
  read(request: ReadRequest): Promise<(ResourceState & { readonly inputs: PropertyMap }) | undefined>;
  update(request: UpdateRequest): Promise<ResourceState>;
  delete(request: DeleteRequest): Promise<void>;
}

/** A provider of resources for the Pulumi engine. */
export interface ResourceProvider {
  /** Package whose place it takes: `vault`. */
  readonly name: string;
  /** Version of the published plugin whose inputs, ids and outputs it has. */
  readonly version: string;
  /** Takes the arguments of the provider, once, before anything else. */
  configure(config: PropertyMap): Promise<void>;
  /** @throws UnsupportedError on a type that it does not carry */
  resource(type: string): ResourceHandler;
}

/** The published provider could do it, the stand-in does not. */
export class UnsupportedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedError';
  }
}

/** The resource is there now, but it did not become ready: the engine keeps its state and tries again next time. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    readonly resource: ResourceState,
  ) {
    super(message);
    this.name = 'NotReadyError';
  }
}
