import { randomBytes } from 'node:crypto';
import { KubernetesError, type KubernetesObject } from '../../../kubernetes/client';
import { compareProperties } from '../diff';
import {
  type CheckFailure,
  type CheckResult,
  type CreateRequest,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  NotReadyError,
  type Operation,
  type ReadRequest,
  type ResourceHandler,
  type ResourceState,
  type UpdateRequest,
} from '../resource-provider';
import { hasUnknown, type PropertyMap, sameValue } from '../values';
import { isNotFound, ObjectApi, untilFound } from './api';
import type { KubernetesSettings } from './configuration';
import { driftedInputs } from './drift';
import { ownedFields, takeOver } from './managed-fields';
import {
  annotationOf,
  asInputs,
  checkpoint,
  hideValues,
  idOf,
  metadataOf,
  nameFromId,
  nameIn,
  type ObjectKind,
  readCheckpoint,
  withoutStatus,
} from './object';
import { checkWaiting, readinessOf } from './readiness';
import { markReplaces } from './replaces';
import { WaitError, waitUntil } from './wait';

/** Seconds of the published plugin, where `customTimeouts` says nothing. */
const defaultTimeout = { ready: 600, delete: 300 } as const;

/** The operations of one kind of Kubernetes object. */
export class ObjectResource implements ResourceHandler {
  constructor(
    private readonly kind: ObjectKind,
    private readonly settings: () => KubernetesSettings,
  ) {}

  check(inputs: PropertyMap): Promise<CheckResult> {
    const { apiVersion, kind } = this.kind;
    const failures: CheckFailure[] = [];
    for (const [property, declared] of Object.entries({ apiVersion, kind })) {
      if (inputs[property] !== declared) {
        const reason = `must be ${declared}, as the type of the resource says, got ${JSON.stringify(inputs[property])}`;
        failures.push({ property, reason });
      }
    }
    if (metadataOf(inputs).name === undefined) {
      failures.push({ property: 'metadata.name', reason: 'is missing; the stand-in makes up no names, give one' });
    }
    failures.push(...checkWaiting(inputs));
    return Promise.resolve({ inputs: hideValues(inputs), failures });
  }

  diff({ oldInputs, inputs }: DiffRequest): Promise<DiffResult> {
    const settings = this.settings();
    const [before, after] = [this.withNamespace(oldInputs), this.withNamespace(inputs)];
    const changes = markReplaces(compareProperties(before, after), inputs, settings);
    const replaces = [...changes.values()].some(({ replace }) => replace);
    // The new object could not be made while the old one has its name.
    return Promise.resolve({ changes, deleteBeforeReplace: replaces && sameValue(nameMap(before), nameMap(after)) });
  }

  /** An object without a namespace is in the default one, also where that is written out later. */
  private withNamespace(inputs: PropertyMap): PropertyMap {
    const metadata = metadataOf(inputs);
    return { ...inputs, metadata: { ...metadata, namespace: metadata.namespace ?? this.settings().namespace } };
  }

  async create(request: CreateRequest): Promise<ResourceState> {
    const { inputs, preview } = request;
    if (preview && hasUnknown(inputs)) {
      return { id: '', state: inputs };
    }
    const fieldManager = this.fieldManager(inputs, undefined);
    try {
      const write = (): Promise<KubernetesObject> => this.write(inputs, fieldManager, preview);
      const made = await (preview ? write() : untilFound(write, request.signal));
      // The status of a dry run is empty, and would look like that of the object.
      const live = preview ? withoutStatus(made) : await this.whenReady(made, inputs, fieldManager, request);
      return { id: preview ? '' : idOf(live), state: checkpoint(live, inputs, fieldManager) };
    } catch (error) {
      if (preview && cannotTell(error)) {
        return { id: '', state: inputs };
      }
      throw error;
    }
  }

  private async write(inputs: PropertyMap, fieldManager: string, dryRun: boolean): Promise<KubernetesObject> {
    const options = { fieldManager, dryRun };
    if (this.settings().upsert) {
      return await this.api().apply(inputs, nameIn(inputs), { ...options, force: dryRun || this.force(inputs) });
    }
    try {
      return await this.api().create(inputs, nameIn(inputs), options);
    } catch (error) {
      if (error instanceof KubernetesError && error.reason === 'AlreadyExists') {
        throw new KubernetesError(
          `${error.message}; take it over with the resource option import, or set upsertExistingObjects on the provider`,
          error.status,
          error.reason,
        );
      }
      throw error;
    }
  }

  async read({ id, state, inputs }: ReadRequest): Promise<(ResourceState & { inputs: PropertyMap }) | undefined> {
    const live = await this.api().get(nameFromId(id));
    if (!live) {
      return undefined;
    }
    const { object: before, fieldManager } = readCheckpoint(state);
    const imported = Object.keys(inputs).length === 0;
    const found = imported ? asInputs(live) : driftedInputs(inputs, before, live as PropertyMap, ownedFields(live));
    const manager = this.fieldManager(inputs, fieldManager);
    return { id, state: checkpoint(live, found, manager), inputs: hideValues(found) };
  }

  async update(request: UpdateRequest): Promise<ResourceState> {
    const { id, state, inputs, preview } = request;
    if (preview && hasUnknown(inputs)) {
      return { id, state: inputs };
    }
    const fieldManager = this.fieldManager(inputs, readCheckpoint(state).fieldManager);
    const taken = await this.takeOver(inputs, fieldManager, preview);
    const force = taken || this.force(inputs);
    const apply = async (): Promise<KubernetesObject> =>
      await this.api().apply(inputs, nameIn(inputs), { fieldManager, dryRun: preview, force });
    try {
      const made = await apply();
      const live = preview ? withoutStatus(made) : await this.whenReady(made, inputs, fieldManager, request);
      return { id, state: checkpoint(live, inputs, fieldManager) };
    } catch (error) {
      if (preview && cannotTell(error)) {
        return { id, state: inputs };
      }
      throw error;
    }
  }

  /** Makes ours the fields of our own create request and of kubectl; in a preview, says whether it would. */
  private async takeOver(inputs: PropertyMap, fieldManager: string, preview: boolean): Promise<boolean> {
    const live = await this.api().get(nameIn(inputs));
    const entries = live && takeOver(live, fieldManager);
    if (!entries || preview) {
      return entries !== undefined;
    }
    await this.api().patch(nameIn(inputs), [
      { op: 'replace', path: '/metadata/managedFields', value: entries },
      { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ]);
    return false;
  }

  async delete({ id, state, timeout, signal }: DeleteRequest): Promise<void> {
    const name = nameFromId(id);
    const { inputs, object } = readCheckpoint(state);
    const policy = { orphan: 'Orphan', background: 'Background' }[
      annotationOf(inputs, 'pulumi.com/deletionPropagationPolicy').toLowerCase()
    ];
    try {
      await this.api().delete(name, policy ?? 'Foreground');
    } catch (error) {
      if (isNotFound(error)) {
        return;
      }
      throw error;
    }
    const uid = metadataOf(object).uid;
    const gone = async (): Promise<{ result: true } | { message: string }> => {
      const live = await this.api().get(name);
      const isGone = !live || (uid !== undefined && live.metadata.uid !== uid);
      return isGone ? { result: true } : { message: `it is still there${finalizersOf(live)}` };
    };
    try {
      await waitUntil(gone, { timeout: timeout || defaultTimeout.delete, signal });
    } catch (error) {
      throw error instanceof WaitError ? new Error(`${this.kind.kind} ${id} was not deleted, ${error.message}`) : error;
    }
  }

  private async whenReady(
    made: KubernetesObject,
    inputs: PropertyMap,
    fieldManager: string,
    { timeout, signal }: Operation,
  ): Promise<KubernetesObject> {
    const readiness = readinessOf(inputs);
    if (!readiness) {
      return made;
    }
    const id = idOf(made);
    let live = made;
    const look = async (): Promise<{ result: KubernetesObject } | { message: string }> => {
      live = (await this.api().get(nameFromId(id))) ?? live;
      const { ready, failed, message } = readiness(live);
      if (failed) {
        throw new WaitError(`it failed: ${message}`);
      }
      return ready ? { result: live } : { message };
    };
    try {
      return await waitUntil(look, { timeout: timeout || defaultTimeout.ready, signal });
    } catch (error) {
      if (error instanceof WaitError) {
        const state = checkpoint(live, inputs, fieldManager);
        throw new NotReadyError(`${this.kind.kind} ${id} was applied, but is not ready, ${error.message}`, {
          id,
          state,
        });
      }
      throw error;
    }
  }

  private api(): ObjectApi {
    const { client, namespace } = this.settings();
    return new ObjectApi(client, this.kind, namespace);
  }

  private force(inputs: PropertyMap): boolean {
    return this.settings().force || annotationOf(inputs, 'pulumi.com/patchForce') === 'true';
  }

  private fieldManager(inputs: PropertyMap, known: string | undefined): string {
    const declared = annotationOf(inputs, 'pulumi.com/patchFieldManager') || known;
    return declared ?? `pulumi-kubernetes-${randomBytes(4).toString('hex')}`;
  }
}

function nameMap(inputs: PropertyMap): PropertyMap {
  const { name = null, namespace = null } = metadataOf(inputs);
  return { name, namespace };
}

/**
 * A dry run cannot say what will be where the namespace or the definition comes with the same update, where the old
 * object goes first, or where it is not allowed or not possible.
 */
function cannotTell(error: unknown): boolean {
  return (
    error instanceof KubernetesError &&
    (error.status === 404 ||
      error.status === 403 ||
      error.reason === 'AlreadyExists' ||
      error.message.includes('does not support dry run'))
  );
}

function finalizersOf({ metadata }: KubernetesObject): string {
  const finalizers = (metadata.finalizers ?? []) as readonly string[];
  return finalizers.length > 0 ? `, and waits for its finalizers: ${finalizers.join(', ')}` : '';
}
