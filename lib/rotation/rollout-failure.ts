import type { Environment } from '../catalog';
import { explainWaitingPods } from '../check/waiting-pods';
import type { ContainerStatus, Pod } from '../kubernetes/pods';

/** Why pods do not become ready, a sentence for each cause. */
export function explainUnreadyPods(pods: readonly Pod[], environment: Environment): string[] {
  const ended = pods.flatMap((pod) => containersOf(pod).flatMap((container) => explainEnd(pod, container)));
  const waiting = explainWaitingPods(
    pods.filter((pod) => !containersOf(pod).some(hasEnded)),
    environment,
  );
  const running = pods.filter(({ status }) => status?.phase === 'Running').flatMap(explainUnready);
  return [...ended, ...waiting, ...running];
}

function containersOf({ status }: Pod): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function hasEnded(container: ContainerStatus): boolean {
  const end = endOf(container);
  return end !== undefined && end.exitCode !== 0;
}

function endOf({ state, lastState }: ContainerStatus): NonNullable<ContainerStatus['lastState']>['terminated'] {
  return state?.terminated ?? lastState?.terminated;
}

function explainEnd({ metadata }: Pod, container: ContainerStatus): string[] {
  const end = endOf(container);
  return end && end.exitCode !== 0
    ? [
        `pod ${metadata.name}: container ${container.name} ended with ${end.exitCode} (${end.reason ?? 'no reason'}), ${container.restartCount} restarts; see: kubectl logs --namespace ${metadata.namespace} ${metadata.name} --container ${container.name}`,
      ]
    : [];
}

function explainUnready({ metadata, status }: Pod): string[] {
  return (status?.containerStatuses ?? [])
    .filter((container) => container.state?.running !== undefined && !container.ready && !hasEnded(container))
    .map(({ name }) => `pod ${metadata.name}: container ${name} runs, but its readiness probe does not succeed`);
}
