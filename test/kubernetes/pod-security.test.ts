import type { Manifest } from '../../lib/kubernetes';
import { checkPodSecurity } from '../../lib/kubernetes/pod-security';

const enforce = 'pod-security.kubernetes.io/enforce';

const namespace = (name: string, labels: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

const deployment = (container: object, pod: object = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'backend', namespace: 'shop' },
  spec: { template: { spec: { ...pod, containers: [{ name: 'app', ...container }] } } },
});

const restricted = namespace('shop', { [enforce]: 'restricted' });
const contained = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const unprivileged = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

const problemsOf = (...manifests: Manifest[]): string[] =>
  checkPodSecurity(manifests.map((manifest, index) => ({ path: String(index), manifest }))).map(
    ({ path, got }) => `${path}: ${got}`,
  );

describe('checkPodSecurity', () => {
  it.each([
    ['of the container', deployment({ securityContext: { ...contained, ...unprivileged } })],
    [
      'of the pod, as far as a pod has them',
      deployment({ securityContext: contained }, { securityContext: unprivileged }),
    ],
  ])('takes settings %s', (_, manifest) => {
    expect(problemsOf(restricted, manifest)).toEqual([]);
  });

  it('fails for each container of a pod that its namespace would refuse', () => {
    const init = { initContainers: [{ name: 'init', securityContext: { ...contained, runAsNonRoot: true } }] };
    expect(problemsOf(restricted, deployment({}, init))).toEqual([
      '1: container app without runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities.drop: [ALL], seccompProfile.type: RuntimeDefault',
      '1: container init without seccompProfile.type: RuntimeDefault',
    ]);
  });

  it('fails where a container takes back what its pod has', () => {
    const root = deployment(
      { securityContext: { ...contained, runAsNonRoot: false } },
      { securityContext: unprivileged },
    );
    expect(problemsOf(restricted, root)).toEqual(['1: container app without runAsNonRoot: true']);
  });

  it('fails where a pod has the opposite, though its containers set it right', () => {
    const contradicted = deployment(
      { securityContext: { ...contained, ...unprivileged } },
      { securityContext: { runAsNonRoot: false, seccompProfile: { type: 'Unconfined' } } },
    );
    expect(problemsOf(restricted, contradicted)).toEqual([
      '1: the pod without runAsNonRoot: true, seccompProfile.type: RuntimeDefault',
    ]);
  });

  it.each([
    ['enforces nothing', namespace('shop', {})],
    ['enforces less', namespace('shop', { [enforce]: 'baseline' })],
    ['is another one', namespace('other', { [enforce]: 'restricted' })],
  ])('takes every pod where the namespace %s', (_, other) => {
    expect(problemsOf(other, deployment({}))).toEqual([]);
  });
});
