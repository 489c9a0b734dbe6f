import type { KubernetesObject } from '../../../kubernetes/client';
import { isMap, plainMap, type PropertyMap, secret, textOf } from '../values';

/** Which kind of object a resource is. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Which object of its kind. */
export interface ObjectName {
  readonly name: string;
  readonly namespace: string | undefined;
}

/** What the state has besides the object itself, under the names of the published plugin. */
export interface Checkpoint {
  readonly object: PropertyMap;
  readonly inputs: PropertyMap;
  readonly fieldManager: string | undefined;
}

/** `namespace/name`, or `name` of an object without a namespace. */
export function idOf({ metadata }: KubernetesObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The name in an id. */
export function nameFromId(id: string): ObjectName {
  const [name = '', namespace] = id.split('/').reverse();
  return { name, namespace };
}

/** The metadata among the arguments; empty where there are none. */
export function metadataOf(inputs: PropertyMap): PropertyMap {
  return isMap(inputs.metadata) ? inputs.metadata : {};
}

/** The name among the arguments. */
export function nameIn(inputs: PropertyMap): ObjectName {
  const { name, namespace } = metadataOf(inputs);
  return { name: textOf(name), namespace: textOf(namespace) || undefined };
}

/** A value of `metadata.annotations`; empty where it is not set. */
export function annotationOf(inputs: PropertyMap, name: string): string {
  const { annotations } = metadataOf(inputs);
  return isMap(annotations) ? textOf(annotations[name]) : '';
}

/** The values of a Secret go encrypted into the state, also where the API server made them. */
export function hideValues(object: PropertyMap): PropertyMap {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') {
    return object;
  }
  const hidden = (['data', 'stringData'] as const).flatMap((name) => {
    const value = object[name];
    return value === undefined ? [] : [[name, secret(value)] as const];
  });
  return { ...object, ...Object.fromEntries(hidden) };
}

/** The state of an object: as it is, with the arguments it was made from. */
export function checkpoint(live: KubernetesObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
  return {
    ...hideValues(live as PropertyMap),
    __inputs: hideValues(inputs),
    __initialApiVersion: live.apiVersion,
    __fieldManager: fieldManager,
  };
}

/** What a state says. */
export function readCheckpoint(state: PropertyMap): Checkpoint {
  const { __inputs: inputs, __fieldManager: fieldManager, ...rest } = plainMap(state);
  const object = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('__')));
  return { object, inputs: isMap(inputs) ? inputs : {}, fieldManager: textOf(fieldManager) || undefined };
}

/** An object without its status. */
export function withoutStatus(object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = object;
  const rest = Object.entries(object).filter(([name]) => name !== 'status');
  return { ...Object.fromEntries(rest), apiVersion, kind, metadata };
}

const serverMetadata = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** An object that was never declared, as arguments: everything that only the API server writes is left out. */
export function asInputs(live: KubernetesObject): PropertyMap {
  const own = ([name]: [string, unknown]): boolean => !serverMetadata.includes(name);
  const metadata = Object.fromEntries(Object.entries(live.metadata).filter(own));
  return { ...(withoutStatus(live) as PropertyMap), metadata: metadata as PropertyMap };
}
