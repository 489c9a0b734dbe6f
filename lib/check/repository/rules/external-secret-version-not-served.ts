import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';

const served: Readonly<Record<string, string>> = {
  ExternalSecret: 'external-secrets.io/v1',
  SecretStore: 'external-secrets.io/v1',
  ClusterSecretStore: 'external-secrets.io/v1',
  ClusterExternalSecret: 'external-secrets.io/v1',
  PushSecret: 'external-secrets.io/v1alpha1',
  ClusterPushSecret: 'external-secrets.io/v1alpha1',
};

/** An API version that External Secrets Operator has stopped serving. */
export const externalSecretVersionNotServed: ObjectRule = {
  id: 'external-secret-version-not-served',
  summary: 'the API version is no longer served by External Secrets Operator',
  why: 'v1beta1 is not served since v0.17 (May 2025), v1alpha1 of these kinds since long before, and kubernetes-client.io belongs to a program that has been archived. The API server answers "no matches for kind", and nothing is delivered.',
  fix: 'Write apiVersion: external-secrets.io/v1. The fields of v1beta1 are the same.',
  example: { wrong: 'apiVersion: external-secrets.io/v1beta1', right: 'apiVersion: external-secrets.io/v1' },
  severity: 'error',
  checkObjects: (objects) =>
    objects.flatMap((object) => {
      const { apiVersion, kind } = object.manifest;
      const right = Object.hasOwn(served, kind) ? served[kind] : undefined;
      return right === undefined ||
        apiVersion === right ||
        !/^(?:external-secrets\.io|kubernetes-client\.io)\//.test(apiVersion)
        ? []
        : [
            {
              location: object.locate(['apiVersion']),
              message: `${describeObject(object)} has API version ${apiVersion}, which is not served`,
              fix: `write apiVersion: ${right}`,
            },
          ];
    }),
};
