import { SealedSecret } from '../../imports/bitnami.com';
import { ClusterSecretStore, ExternalSecret, SecretStore } from '../../imports/external-secrets.io';

describe('imports', () => {
  // cdk8s gives the plain class name to whichever version a definition lists first.
  it.each([
    [ClusterSecretStore, 'external-secrets.io/v1'],
    [SecretStore, 'external-secrets.io/v1'],
    [ExternalSecret, 'external-secrets.io/v1'],
    [SealedSecret, 'bitnami.com/v1alpha1'],
  ])('%p is of %s', (type, apiVersion) => {
    expect(type.GVK).toEqual({ apiVersion, kind: type.name });
  });
});
