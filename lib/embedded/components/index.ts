import type { PlatformState } from '../state';
import type { Component } from './component';
import { etcd } from './etcd';
import { externalSecrets } from './external-secrets';
import { kubeApiServer } from './kube-apiserver';
import { kubeControllerManager, kubeScheduler } from './kube-controllers';
import { kwok } from './kwok';
import { vault } from './vault';

/** The components that a platform with these options runs. */
export function componentsFor(options: PlatformState['options']): readonly Component[] {
  return [
    vault,
    etcd,
    kubeApiServer,
    kubeControllerManager,
    externalSecrets,
    ...(options.workloads === 'kwok' ? [kubeScheduler, kwok] : []),
  ];
}
