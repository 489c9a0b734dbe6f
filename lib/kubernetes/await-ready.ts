/**
 * Makes Pulumi wait until the operator says that an object works, before it goes on to what depends on it
 * (https://github.com/pulumi/pulumi-kubernetes/blob/master/CHANGELOG.md, 4.18.0).
 * It is part of the manifests, and not added while applying, so that what is reviewed is exactly what is applied.
 */
export const awaitReady: Readonly<Record<string, string>> = { 'pulumi.com/waitFor': 'condition=Ready' };
