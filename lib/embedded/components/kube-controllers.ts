import { readFile } from 'node:fs/promises';
import { kubeconfigOf } from '../identities';
import { loopback } from '../ports';
import { probe } from '../probe';
import type { Component, ComponentContext } from './component';

/** What kube-controller-manager and kube-scheduler have in common. */
function controllerArgs(name: 'kube-controller-manager' | 'kube-scheduler', context: ComponentContext): string[] {
  const { layout, port } = context;
  const kubeconfig = kubeconfigOf(layout, name);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${loopback}`,
    `--secure-port=${port(name)}`,
    `--tls-cert-file=${layout.pki('kubernetes-controllers.crt')}`,
    `--tls-private-key-file=${layout.pki('kubernetes-controllers.key')}`,
    '--leader-elect=false',
    '--profiling=false',
  ];
}

async function isHealthy(name: string, { layout, port }: ComponentContext): Promise<boolean> {
  const ca = await readFile(layout.pki('kubernetes-ca.crt'), 'utf8');
  return (await probe(`https://${loopback}:${port(name)}/healthz`, { ca })) === 200;
}

/**
 * Service accounts, garbage collection, namespaces, Deployments: without it deletions hang and service accounts are
 * missing (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/).
 */
export const kubeControllerManager: Component = {
  name: 'kube-controller-manager',
  after: ['kube-apiserver'],
  ports: ['kube-controller-manager'],
  scheme: 'https',

  args: (context) => [
    ...controllerArgs('kube-controller-manager', context),
    `--service-account-private-key-file=${context.layout.pki('service-account.key')}`,
    `--root-ca-file=${context.layout.pki('kubernetes-ca.crt')}`,
    '--use-service-account-credentials=true',
  ],

  isReady: async (context) => await isHealthy('kube-controller-manager', context),
};

/** Gives pods a node (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/). */
export const kubeScheduler: Component = {
  name: 'kube-scheduler',
  after: ['kube-apiserver'],
  ports: ['kube-scheduler'],
  scheme: 'https',

  args: (context) => controllerArgs('kube-scheduler', context),

  isReady: async (context) => await isHealthy('kube-scheduler', context),
};
