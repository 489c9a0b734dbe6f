import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesClient, KubernetesObject } from '../../kubernetes/client';
import { holdsCondition } from '../../kubernetes/condition';
import { kubeconfigOf } from '../identities';
import { loopback } from '../ports';
import { probe } from '../probe';
import { moduleFolder } from '../toolchain';
import { waitUntil } from '../wait';
import type { Component } from './component';
import { requestLimits } from '../../operators/external-secrets-values';
import { operatorObjects } from './external-secrets-access';

const fieldManager = 'nivesh-secrets-embedded';

/** External Secrets Operator as a process with the identity of its service account (https://external-secrets.io). */
export const externalSecrets: Component = {
  name: 'external-secrets',
  after: ['kube-apiserver'],
  ports: ['external-secrets', 'external-secrets/metrics'],
  scheme: 'http',

  prepare: async ({ kubernetes }) => {
    const client = await kubernetes();
    for (const object of operatorObjects) {
      await client.apply(object, fieldManager);
    }
    await installDefinitions(client);
  },

  args: ({ port, options }) => [
    '--concurrent=5',
    `--client-qps=${requestLimits['client-qps']}`,
    `--client-burst=${requestLimits['client-burst']}`,
    `--live-addr=${loopback}:${port('external-secrets')}`,
    `--metrics-addr=${loopback}:${port('external-secrets/metrics')}`,
    '--zap-time-encoding=rfc3339',
    ...(options.tokenCache ? ['--experimental-enable-vault-token-cache'] : []),
  ],

  // Nothing else: with VAULT_TOKEN in its environment the operator would use that token once and then revoke it.
  environment: ({ layout }) => ({ KUBECONFIG: kubeconfigOf(layout, 'external-secrets') }),

  isReady: async ({ port }) => (await probe(`http://${loopback}:${port('external-secrets')}/healthz`)) === 200,
};

const bundleAnnotation = 'nivesh-secrets/bundle';

/** Its CRDs, from the pinned module. They are too large for client-side apply. */
async function installDefinitions(client: KubernetesClient): Promise<void> {
  const file = join(await moduleFolder('external-secrets'), 'deploy', 'crds', 'bundle.yaml');
  const text = await readFile(file, 'utf8');
  const bundle = createHash('sha256').update(text).digest('hex');
  const before = await established(client, bundle);
  // Reading the bundle takes more than half a second, so it is not read where all of it is served already.
  if (before.size === text.match(/^kind: CustomResourceDefinition$/gm)?.length) {
    return;
  }
  const missing = parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject)
    .filter(({ metadata }) => !before.has(metadata.name));
  await Promise.all(missing.map(async (definition) => await client.apply(marked(definition, bundle), fieldManager)));
  await waitUntil('the kinds of external-secrets.io', 60_000, async () => {
    const now = await established(client, bundle);
    return missing.every(({ metadata }) => now.has(metadata.name));
  });
}

/**
 * The time makes every apply a change: an API server that was stopped between accepting a definition and serving it
 * goes on with it at its next change only.
 */
function marked(definition: KubernetesObject, bundle: string): KubernetesObject {
  const annotations = { [bundleAnnotation]: bundle, 'nivesh-secrets/applied': new Date().toISOString() };
  const { metadata } = definition;
  return { ...definition, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

async function established(client: KubernetesClient, bundle: string): Promise<Set<string>> {
  const definitions = await client.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  return new Set(
    definitions
      .filter((one) => one.metadata.annotations?.[bundleAnnotation] === bundle && holdsCondition(one, 'Established'))
      .map(({ metadata }) => metadata.name),
  );
}
