import * as pulumi from '@pulumi/pulumi';
import type { KubernetesObject } from '../../kubernetes/client';
import type { ExternalNeed } from '../manifest-needs';
import { orderManifests } from '../manifest-order';

/** See {@link Manifests}. */
export interface ManifestsArgs {
  readonly objects: readonly KubernetesObject[];
  /**
   * The resources behind what objects need and these manifests do not have.
   * @default - nothing: it is there already
   */
  readonly resolve?: (need: ExternalNeed) => readonly pulumi.Resource[];
}

/**
 * Applies Kubernetes objects, each as one resource that waits for exactly what it needs. The objects are those that
 * were reviewed: nothing is added, not even an annotation.
 */
export class Manifests extends pulumi.ComponentResource {
  /** By id, see `manifestId`. */
  readonly objects: ReadonlyMap<string, pulumi.CustomResource>;

  constructor(name: string, args: ManifestsArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:kubernetes:Manifests', name, {}, options);
    const applied = new Map<string, pulumi.CustomResource>();
    for (const { id, object, needs, external } of orderManifests(args.objects)) {
      const dependsOn = [
        ...needs.flatMap((need) => applied.get(need) ?? []),
        ...external.flatMap((need) => args.resolve?.(need) ?? []),
      ];
      applied.set(id, new AppliedObject(id, object, { parent: this, dependsOn }));
    }
    this.objects = applied;
    this.registerOutputs({ objects: [...applied.keys()] });
  }
}

/**
 * One object of any kind. The SDK's `apiextensions.CustomResource` would make the type `kubernetes:v1:ConfigMap` of the
 * core kinds, which the provider refuses: it reads group and version from the type, and calls the core group `core`.
 */
class AppliedObject extends pulumi.CustomResource {
  constructor(name: string, object: KubernetesObject, options: pulumi.CustomResourceOptions) {
    super(typeOf(object), name, { ...object }, options);
  }
}

function typeOf({ apiVersion, kind }: KubernetesObject): string {
  return `kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`;
}
