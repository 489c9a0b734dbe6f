import type { SealingScope } from '../catalog';
import { scopeAnnotations, type SealedIdentity } from './scope';

/** A SealedSecret as it is committed, applied and sent to the controller. */
export interface SealedSecretObject {
  readonly apiVersion: 'bitnami.com/v1alpha1';
  readonly kind: 'SealedSecret';
  readonly metadata: SealedMetadata;
  readonly spec: {
    readonly encryptedData: Readonly<Record<string, string>>;
    readonly template: { readonly metadata: SealedMetadata; readonly type: 'Opaque' };
  };
}

interface SealedMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The SealedSecret of a workload. The scope is written from one value to the object, where the controller reads it, and
 * to the template, where older controllers read it when they re-encrypt: two that differ are how CVE-2026-22728 widened
 * a scope.
 */
export function sealedSecretObject(
  identity: SealedIdentity,
  scope: SealingScope,
  encryptedData: Readonly<Record<string, string>>,
): SealedSecretObject {
  const annotations = scopeAnnotations(scope);
  const metadata = {
    name: identity.name,
    namespace: identity.namespace,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: { encryptedData, template: { metadata: structuredClone(metadata), type: 'Opaque' } },
  };
}
