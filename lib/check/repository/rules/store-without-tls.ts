import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import type { Fault, ObjectRule } from '../rule';
import { describeObject } from '../source-index';
import { vaultPath } from '../stores';

/** A store whose connection is open, or whose server nobody can know. */
export const storeWithoutTls: ObjectRule = {
  id: 'store-without-tls',
  summary: 'a store reaches Vault without TLS, or without an authority that knows its server',
  why: 'Over http every value and every token can be read on the way. Over https, a server inside the cluster has a certificate of an authority of its own, which the operator refuses unless the store names it.',
  fix: 'Write https in server, and the authority in caProvider or caBundle.',
  example: {
    wrong: 'vault: { server: http://vault.vault.svc:8200 }',
    right: `vault: { server: https://vault.vault.svc:8200, caProvider: { type: ConfigMap, name: vault-ca, key: ca.crt } }`,
  },
  severity: 'error',
  checkObjects: (objects) => objects.flatMap(checkStore),
};

function checkStore(object: LocatedObject): Fault[] {
  const vault = vaultPath(object);
  const server = vault && textOf(partOf(object.manifest, [...vault, 'server']));
  if (vault === undefined || server === undefined || !URL.canParse(server)) {
    return [];
  }
  const { protocol, hostname } = new URL(server);
  const location = object.locate([...vault, 'server']);
  if (protocol === 'http:') {
    return [
      {
        location,
        message: `${describeObject(object)} reaches ${hostname} without TLS`,
        fix: 'serve Vault over TLS, write https in server, and its authority in caProvider',
      },
    ];
  }
  const knows = ['caProvider', 'caBundle'].some((key) => partOf(object.manifest, [...vault, key]) !== undefined);
  return knows || !isPrivate(hostname)
    ? []
    : [
        {
          location,
          message: `${describeObject(object)} names no certificate authority for ${hostname}, which no public one vouches for`,
          fix: 'write caProvider with the ConfigMap or Secret of the authority',
        },
      ];
}

/** Names and addresses that no public authority makes certificates for (CA/Browser Forum, baseline requirements 4.2.2). */
function isPrivate(hostname: string): boolean {
  return (
    !hostname.includes('.') ||
    /\.(?:svc|local|internal|cluster)$/.test(hostname) ||
    /^(?:10|127|192\.168)\./.test(hostname)
  );
}
