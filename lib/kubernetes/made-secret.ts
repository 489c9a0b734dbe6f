import { listOf, mapOf } from '../plain-data';

/** What an object says of the Secret that comes from it; any part of it may have any shape. */

/** Keys of a Secret itself; nothing for a token of a service account, whose controller fills them in. */
export function secretKeys(manifest: unknown): string[] | undefined {
  const { type, data, stringData } = mapOf(manifest);
  return type === 'kubernetes.io/service-account-token'
    ? undefined
    : [...new Set([...keysOf(data), ...keysOf(stringData)])];
}

/** Keys of the Secret that a SealedSecret is opened to. */
export function sealedKeys(manifest: unknown): string[] {
  const { encryptedData, template } = mapOf(mapOf(manifest).spec);
  return [...keysOf(encryptedData), ...keysOf(mapOf(template).data)];
}

/**
 * Whether the spec of an ExternalSecret makes its Secret; Merge and None need one that somebody else makes
 * (https://external-secrets.io/latest/guides/ownership-deletion-policy/).
 */
export function makesSecret(spec: unknown): boolean {
  const { creationPolicy } = mapOf(mapOf(spec).target);
  return creationPolicy !== 'Merge' && creationPolicy !== 'None';
}

/**
 * Keys of the Secret of an ExternalSecret; nothing where only Vault knows them. With a template of policy Replace, the
 * Secret has the keys of the template only.
 */
export function externalKeys(spec: unknown): string[] | undefined {
  const { target, data, dataFrom } = mapOf(spec);
  const template = mapOf(mapOf(target).template);
  if (listOf(template.templateFrom).length > 0) {
    return undefined;
  }
  const templated = keysOf(template.data);
  if (templated.length > 0 && template.mergePolicy !== 'Merge') {
    return templated;
  }
  const fetched = listOf(data).flatMap((entry) => {
    const { secretKey } = mapOf(entry);
    return typeof secretKey === 'string' && secretKey !== '' ? [secretKey] : [];
  });
  return listOf(dataFrom).length > 0 ? undefined : [...new Set([...fetched, ...templated])];
}

/** Keys of a map. */
export function keysOf(data: unknown): string[] {
  return Object.keys(mapOf(data));
}
