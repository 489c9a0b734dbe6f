/**
 * Makes Pulumi wait until the operator says that an object works, before it goes on to what depends on it
 * (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
 * It is part of the manifests, and not added while applying, so that what is reviewed is exactly what is applied.
 */
export const awaitReady: Readonly<Record<string, string>> = { 'pulumi.com/waitFor': 'condition=Ready' };
