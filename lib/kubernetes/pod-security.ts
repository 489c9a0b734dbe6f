import type { Problem } from '../catalog';
import type { PlacedManifest } from './object-rules';
import { type ContainerManifest, containersOf, podOf, type SecurityContext } from './pod-template';

/** Label of a namespace whose pods the API server judges; the value names the standard. */
export const enforceLabel = 'pod-security.kubernetes.io/enforce';

/**
 * Pods that a namespace of the same chart would refuse. The Deployment would be accepted, and its pods never made.
 * Only what the standard "restricted" asks every pod for is checked here; what it forbids besides, such as host
 * namespaces, the API server says (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
 */
export function checkPodSecurity(objects: readonly PlacedManifest[]): Problem[] {
  const restricted = new Set(
    objects
      .filter(
        ({ manifest }) => manifest.kind === 'Namespace' && manifest.metadata.labels?.[enforceLabel] === 'restricted',
      )
      .map(({ manifest }) => manifest.metadata.name),
  );
  return objects.flatMap(({ path, manifest }) => {
    const pod = podOf(manifest);
    const { namespace = 'default' } = manifest.metadata;
    if (!pod || !restricted.has(namespace)) {
      return [];
    }
    return containersOf(pod).flatMap((container) => {
      const missing = missingIn(container, pod.securityContext ?? {});
      return missing.length === 0
        ? []
        : [
            {
              path,
              what: `namespace ${namespace} enforces the Pod Security standard "restricted", and would refuse these pods`,
              got: `container ${container.name} without ${missing.join(', ')}`,
              allowed: 'pods that give up root, privileges and capabilities',
              fix: 'set it in the securityContext of the container',
            },
          ];
    });
  });
}

/** A container's own setting wins over that of its pod, where a pod has it. */
function missingIn({ securityContext: own = {} }: ContainerManifest, ofPod: SecurityContext): string[] {
  const { runAsNonRoot, seccompProfile } = { ...ofPod, ...own };
  const settings: Readonly<Record<string, boolean>> = {
    'runAsNonRoot: true': runAsNonRoot === true,
    'allowPrivilegeEscalation: false': own.allowPrivilegeEscalation === false,
    'capabilities.drop: [ALL]': own.capabilities?.drop?.includes('ALL') === true,
    'seccompProfile.type: RuntimeDefault':
      seccompProfile !== undefined && ['RuntimeDefault', 'Localhost'].includes(seccompProfile.type),
  };
  return Object.entries(settings).flatMap(([setting, isThere]) => (isThere ? [] : [setting]));
}
