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
    const ofPod = pod.securityContext ?? {};
    return [
      ...refusal(path, namespace, 'the pod', wrongIn(ofPod)),
      ...containersOf(pod).flatMap((container) =>
        refusal(path, namespace, `container ${container.name}`, missingIn(container, ofPod)),
      ),
    ];
  });
}

function refusal(path: string, namespace: string, who: string, missing: readonly string[]): Problem[] {
  return missing.length === 0
    ? []
    : [
        {
          path,
          what: `namespace ${namespace} enforces the Pod Security standard "restricted", and would refuse these pods`,
          got: `${who} without ${missing.join(', ')}`,
          allowed: 'pods that give up root, privileges and capabilities',
          fix: `set it in the securityContext of ${who}`,
        },
      ];
}

const [nonRoot, seccomp] = ['runAsNonRoot: true', 'seccompProfile.type: RuntimeDefault'] as const;

/** What a pod sets must be right even where each of its containers sets it too. */
function wrongIn({ runAsNonRoot = true, seccompProfile }: SecurityContext): string[] {
  return [...(runAsNonRoot ? [] : [nonRoot]), ...(seccompProfile && !isConfined(seccompProfile) ? [seccomp] : [])];
}

function isConfined({ type }: { readonly type: string }): boolean {
  return ['RuntimeDefault', 'Localhost'].includes(type);
}

/** A container's own setting wins over that of its pod. */
function missingIn({ securityContext: own = {} }: ContainerManifest, ofPod: SecurityContext): string[] {
  const { runAsNonRoot, seccompProfile } = { ...ofPod, ...own };
  const settings: Readonly<Record<string, boolean>> = {
    [nonRoot]: runAsNonRoot === true,
    'allowPrivilegeEscalation: false': own.allowPrivilegeEscalation === false,
    'capabilities.drop: [ALL]': own.capabilities?.drop?.includes('ALL') === true,
    [seccomp]: seccompProfile !== undefined && isConfined(seccompProfile),
  };
  return Object.entries(settings).flatMap(([setting, isThere]) => (isThere ? [] : [setting]));
}
