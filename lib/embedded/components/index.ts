import { containerd } from '../pods/containerd-component';
import { kubelet } from '../pods/kubelet-component';
import type { PlatformState } from '../state';
import type { Component } from './component';
import { etcd } from './etcd';
import { externalSecrets } from './external-secrets';
import { kubeApiServer } from './kube-apiserver';
import { kubeControllerManager, kubeScheduler } from './kube-controllers';
import { kwok } from './kwok';
import { sealedSecrets } from './sealed-secrets';
import { vault } from './vault';

/** What gives pods a node. */
const nodeComponents: Readonly<Record<PlatformState['options']['workloads'], readonly Component[]>> = {
  kwok: [kubeScheduler, kwok],
  pods: [kubeScheduler, containerd, kubelet],
  none: [],
};

/** The components that a platform with these options runs. */
export function componentsFor(options: PlatformState['options']): readonly Component[] {
  return [
    vault,
    etcd,
    kubeApiServer,
    kubeControllerManager,
    externalSecrets,
    ...(options.sealedSecrets ? [sealedSecrets] : []),
    ...nodeComponents[options.workloads],
  ];
}
