import type { SealingScope } from '../catalog';

/** Which Secret a sealed value belongs to. */
export interface SealedIdentity {
  readonly namespace: string;
  /** Name of the SealedSecret and of the Secret that comes out of it. */
  readonly name: string;
}

/** What the controller reads the scope from (`pkg/apis/sealedsecrets/v1alpha1/types.go` of bitnami/sealed-secrets). */
export const scopeAnnotation = {
  'cluster-wide': 'sealedsecrets.bitnami.com/cluster-wide',
  'namespace-wide': 'sealedsecrets.bitnami.com/namespace-wide',
} as const;

/** From the narrowest to the widest. */
const scopes: readonly SealingScope[] = ['strict', 'namespace-wide', 'cluster-wide'];

/**
 * The label that a value is bound to: it opens nowhere else.
 * `namespace/name`, `namespace`, or nothing (`EncryptionLabel` of bitnami/sealed-secrets).
 */
export function encryptionLabel(scope: SealingScope, { namespace, name }: SealedIdentity): string {
  switch (scope) {
    case 'strict':
      return `${namespace}/${name}`;
    case 'namespace-wide':
      return namespace;
    case 'cluster-wide':
      return '';
  }
}

/** The annotations of a scope, for the SealedSecret and for its template alike. */
export function scopeAnnotations(scope: SealingScope): Record<string, string> {
  return scope === 'strict' ? {} : { [scopeAnnotation[scope]]: 'true' };
}

/** The scope that the controller understands from annotations: the wider one wins, anything but "true" is nothing. */
export function scopeOf(annotations: Readonly<Record<string, unknown>> = {}): SealingScope {
  if (annotations[scopeAnnotation['cluster-wide']] === 'true') {
    return 'cluster-wide';
  }
  return annotations[scopeAnnotation['namespace-wide']] === 'true' ? 'namespace-wide' : 'strict';
}

/** Whether more places can open a value of one scope than of the other. */
export function isWider(scope: SealingScope, than: SealingScope): boolean {
  return scopes.indexOf(scope) > scopes.indexOf(than);
}
