import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { type Layout, writePrivateFile } from './layout';
import { nodeName as podsNodeName } from './pods/kubelet';
import { loopback } from './ports';

/** Who an operator is. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Namespace and service account that External Secrets Operator runs as. */
export const operatorIdentity: ServiceAccount = { namespace: 'external-secrets', serviceAccount: 'external-secrets' };

/** Namespace and service account that the Sealed Secrets controller runs as: those of its chart. */
export const sealingIdentity: ServiceAccount = {
  namespace: 'kube-system',
  serviceAccount: 'sealed-secrets-controller',
};

interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Who talks to the API server. The operators are the very users that their service accounts would be in a cluster. */
const identities = {
  admin: { user: 'embedded-admin', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: [] },
  // Who the node authorizer takes for a kubelet: https://kubernetes.io/docs/reference/access-authn-authz/node/.
  kubelet: { user: `system:node:${podsNodeName}`, groups: ['system:nodes'] },
  kwok: { user: 'kwok', groups: ['system:masters'] },
  'external-secrets': identityOf(operatorIdentity),
  'sealed-secrets-controller': identityOf(sealingIdentity),
} as const satisfies Record<string, Identity>;

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
function identityOf({ namespace, serviceAccount }: ServiceAccount): Identity {
  return {
    user: `system:serviceaccount:${namespace}:${serviceAccount}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}

export type IdentityName = keyof typeof identities;

/** The API server's `--token-auth-file`. */
export function tokenFile(layout: Layout): string {
  return layout.file('kube-apiserver', 'tokens.csv');
}

/** Kubeconfig of an identity. */
export function kubeconfigOf(layout: Layout, identity: IdentityName): string {
  return identity === 'admin' ? layout.kubeconfig : layout.file(identity, 'kubeconfig');
}

/**
 * Writes the token file (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file) and
 * a kubeconfig for each identity, readable by their owner only. Tokens stay the same from start to start.
 */
export async function writeIdentities(layout: Layout, apiServerPort: number): Promise<void> {
  const known = await readTokens(layout);
  const ca = await readFile(layout.pki('kubernetes-ca.crt'));
  const lines: string[] = [];
  for (const [name, { user, groups }] of Object.entries(identities)) {
    const token = known.get(user) ?? randomBytes(32).toString('hex');
    lines.push(`${token},${user},${user},"${groups.join(',')}"`);
    const config = kubeconfig({ server: `https://${loopback}:${apiServerPort}`, ca, token });
    await writePrivateFile(kubeconfigOf(layout, name as IdentityName), config);
  }
  await writePrivateFile(tokenFile(layout), `${lines.join('\n')}\n`);
}

async function readTokens(layout: Layout): Promise<Map<string, string>> {
  const text = await readFile(tokenFile(layout), 'utf8').catch(() => '');
  return new Map(
    text
      .split('\n')
      .map((line) => line.split(','))
      .map(([token = '', user = '']) => [user, token]),
  );
}

function kubeconfig(connection: { server: string; ca: Buffer; token: string }): string {
  const name = 'nivesh-secrets-embedded';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: { server: connection.server, 'certificate-authority-data': connection.ca.toString('base64') },
      },
    ],
    users: [{ name, user: { token: connection.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
