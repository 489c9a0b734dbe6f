import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { kubernetesAuditPolicy } from '../../audit/kubernetes-policy';
import { tokenFile } from '../identities';
import { writePrivateFile } from '../layout';
import { loopback } from '../ports';
import { probe } from '../probe';
import type { Component, ComponentContext } from './component';

/** Issuer and audience of service account tokens, the API server's own name inside a cluster. */
export const serviceAccountIssuer = 'https://kubernetes.default.svc';

/**
 * The Kubernetes API with RBAC, service account admission, the TokenRequest API, secrets encrypted at rest, and an audit
 * log (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/).
 */
export const kubeApiServer: Component = {
  name: 'kube-apiserver',
  after: ['etcd'],
  ports: ['kube-apiserver'],
  scheme: 'https',

  prepare: async (context) => {
    await ensureEncryption(context);
    await writePrivateFile(context.layout.file('kube-apiserver', 'audit.yaml'), stringify(kubernetesAuditPolicy));
  },

  args: ({ layout, port }) => [
    `--etcd-servers=https://${loopback}:${port('etcd')}`,
    `--etcd-cafile=${layout.pki('etcd-ca.crt')}`,
    `--etcd-certfile=${layout.pki('etcd-client.crt')}`,
    `--etcd-keyfile=${layout.pki('etcd-client.key')}`,
    `--bind-address=${loopback}`,
    `--secure-port=${port('kube-apiserver')}`,
    `--tls-cert-file=${layout.pki('kube-apiserver.crt')}`,
    `--tls-private-key-file=${layout.pki('kube-apiserver.key')}`,
    `--client-ca-file=${layout.pki('kubernetes-ca.crt')}`,
    `--token-auth-file=${tokenFile(layout)}`,
    '--authorization-mode=Node,RBAC',
    `--service-account-issuer=${serviceAccountIssuer}`,
    `--service-account-key-file=${layout.pki('service-account.pub')}`,
    `--service-account-signing-key-file=${layout.pki('service-account.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // The Service "kubernetes" cannot point at a loopback address.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    // For logs and commands of real pods.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${layout.pki('kubelet-client.crt')}`,
    `--kubelet-client-key=${layout.pki('kubelet-client.key')}`,
    `--encryption-provider-config=${layout.file('kube-apiserver', 'encryption.yaml')}`,
    `--audit-policy-file=${layout.file('kube-apiserver', 'audit.yaml')}`,
    `--audit-log-path=${layout.kubernetesAuditLog}`,
    '--audit-log-maxsize=50',
    '--audit-log-maxbackup=1',
    '--profiling=false',
  ],

  isReady: async ({ layout, port }) => {
    const ca = await readFile(layout.pki('kubernetes-ca.crt'), 'utf8');
    return (await probe(`https://${loopback}:${port('kube-apiserver')}/readyz`, { ca })) === 200;
  },
};

/** Without encryption, values would lie readable in etcd's files (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/). */
async function ensureEncryption({ layout }: ComponentContext): Promise<void> {
  const file = layout.file('kube-apiserver', 'encryption.yaml');
  try {
    await readFile(file);
  } catch {
    const keys = [{ name: 'embedded', secret: randomBytes(32).toString('base64') }];
    await writePrivateFile(
      file,
      stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'EncryptionConfiguration',
        resources: [{ resources: ['secrets'], providers: [{ secretbox: { keys } }, { identity: {} }] }],
      }),
    );
  }
}
