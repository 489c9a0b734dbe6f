import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubernetesClient, KubernetesObject } from '../../kubernetes/client';
import { holdsCondition } from '../../kubernetes/condition';
import { readKubeconfig } from '../../kubernetes/connection';
import { kubeconfigOf, sealingIdentity } from '../identities';
import { type Layout, writePrivateFile } from '../layout';
import { loopback } from '../ports';
import { probe } from '../probe';
import { moduleFolder } from '../toolchain';
import { waitUntil } from '../wait';
import type { Component } from './component';
import { sealingObjects } from './sealed-secrets-access';

const name = 'sealed-secrets-controller';
const fieldManager = 'nivesh-secrets-embedded';

/**
 * Arguments: a folder, the program. The program finds the folder under the fixed path where a pod has its service
 * account, in a mount namespace of its own and on an empty /run, so nothing is written to the machine's.
 */
const asInPod = `set -e
run=$(realpath /var/run)
account=$1; shift
mount --bind "$account" /mnt
mount -t tmpfs -o size=64k,mode=755 tmpfs "$run"
mkdir -p "$run/secrets/kubernetes.io/serviceaccount"
mount --bind /mnt "$run/secrets/kubernetes.io/serviceaccount"
umount /mnt
exec "$@"`;

/**
 * The Sealed Secrets controller as a process (https://github.com/bitnami/sealed-secrets). It only knows how to be in a
 * pod, so it is given what a pod has.
 */
export const sealedSecrets: Component = {
  name,
  after: ['kube-apiserver'],
  ports: [name, `${name}/metrics`],
  scheme: 'http',

  prepare: async ({ layout, kubernetes }) => {
    await writeServiceAccount(layout);
    const client = await kubernetes();
    for (const object of sealingObjects) {
      await client.apply(object, fieldManager);
    }
    await installDefinition(client);
  },

  args: ({ port }) => [
    `--listen-addr=${loopback}:${port(name)}`,
    `--listen-metrics-addr=${loopback}:${port(`${name}/metrics`)}`,
    // As the chart is installed, see lib/operators.
    '--watch-for-secrets',
    '--max-unseal-retries=15',
  ],

  // A user who is not root gets a user namespace, in which mounts are allowed.
  wrap: async ({ layout }, { command, args }) =>
    await Promise.resolve({
      command: 'unshare',
      args: [
        '--mount',
        ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
        ...['sh', '-c', asInPod, 'sh', accountFolder(layout), command, ...args],
      ],
    }),

  environment: ({ port }) => ({
    KUBERNETES_SERVICE_HOST: loopback,
    KUBERNETES_SERVICE_PORT: String(port('kube-apiserver')),
    POD_NAMESPACE: sealingIdentity.namespace,
  }),

  // It serves a certificate once it has a key.
  isReady: async ({ port }) => (await probe(`http://${loopback}:${port(name)}/v1/cert.pem`)) === 200,
};

function accountFolder(layout: Layout): string {
  return layout.file(name, 'serviceaccount');
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
async function writeServiceAccount(layout: Layout): Promise<void> {
  const { token = '', caCert = '' } = await readKubeconfig(kubeconfigOf(layout, name));
  const files = { token, 'ca.crt': caCert, namespace: sealingIdentity.namespace };
  for (const [file, content] of Object.entries(files)) {
    await writePrivateFile(join(accountFolder(layout), file), content);
  }
}

async function installDefinition(client: KubernetesClient): Promise<void> {
  const folder = join(await moduleFolder(name), 'helm', 'sealed-secrets', 'crds');
  const definition = parse(await readFile(join(folder, 'bitnami.com_sealedsecrets.yaml'), 'utf8')) as KubernetesObject;
  await client.apply(definition, fieldManager);
  await waitUntil('the kind SealedSecret', 30_000, async () => {
    const found = await client.get(definition.apiVersion, definition.kind, definition.metadata.name);
    return found !== undefined && holdsCondition(found, 'Established');
  });
}
