import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import {
  catalogReferences,
  DeclarationError,
  type Environment,
  type ExternalSecretsDelivery,
  rotatesByItself,
  rotationAudience,
  rotationRole,
  type RotationSchedule,
  type VaultCa,
} from '../catalog';
import { type DeclaredWorkload, declaredWorkload } from './declared-workload';
import { type Right, rolloutRights } from './rollout-rights';
import type { VaultDelivery } from './vault-delivery';

/** See {@link RotationJob}. */
export interface RotationJobProps {
  readonly environment: Environment<ExternalSecretsDelivery>;
  /** Makes the Secret with the rotator's variables. */
  readonly delivery: VaultDelivery;
}

/** Where the command line looks for the token that it logs in to Vault with. */
const vaultTokenFolder = '/var/run/secrets/vault';

/** Where the kubelet would put it, if it were not left out for every workload. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where `VAULT_CACERT` points. */
const caFolder = '/etc/vault-ca';

/**
 * The CronJob that rotates what is due, and exactly the rights in the cluster that this takes: to refresh and restart
 * the workloads that read what rotates by itself. It cannot read Secrets. Its rights in Vault are in
 * `lib/vault/rotation-access.ts`.
 */
export class RotationJob extends Construct {
  /** For what only some clusters need, such as `imagePullSecrets` or tolerations: `cronJob.addJsonPatch(...)`. */
  readonly cronJob: ApiObject;

  /** @throws DeclarationError where the environment does not rotate on schedule */
  constructor(scope: Construct, id: string, { environment, delivery }: RotationJobProps) {
    super(scope, id);
    const rotation = requireSchedule(environment);
    const workload = declaredWorkload(environment.catalog, rotation.workload);
    this.addRights(environment, workload);
    const secret = delivery.secretOf(workload.name);
    this.cronJob = this.addCronJob(environment, rotation, workload);
    secret.wire(this.cronJob);
  }

  private addRights({ catalog }: Environment, { name, namespace, names }: DeclaredWorkload): void {
    const readers = catalogReferences(catalog)
      .filter(({ reference }) => rotatesByItself(reference))
      .map(({ workload }) => workload);
    const restarted = Object.keys(catalog.workloads).filter((workload) => readers.includes(workload));
    const rights = rolloutRights(catalog, restarted);
    for (const place of new Set(rights.map((right) => right.namespace))) {
      const metadata = { name: `${name}-rollout`, namespace: place };
      new kplus.k8s.KubeRole(this, `${place}-role`, {
        metadata,
        rules: rights.filter((right) => right.namespace === place).map(ruleOf),
      });
      new kplus.k8s.KubeRoleBinding(this, `${place}-role-binding`, {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: names.serviceAccount, namespace }],
      });
    }
  }

  /**
   * The ConfigMap with the certificate authority of Vault's certificate, in the rotator's own namespace, as a pod needs
   * it. One that exists elsewhere must be there as well: trust-manager keeps it in every namespace.
   */
  private certificateAuthority(
    ca: VaultCa,
    workload: string,
    namespace: string,
  ): { readonly name: string; readonly key: string } | undefined {
    if (ca.type !== 'certificate') {
      return ca.type === 'configMap' ? ca : undefined;
    }
    const [name, key] = [`${workload}-vault-ca`, 'ca.crt'];
    new kplus.k8s.KubeConfigMap(this, 'CertificateAuthority', {
      metadata: { name, namespace },
      data: { [key]: ca.pem },
    });
    return { name, key };
  }

  private addCronJob(
    environment: Environment<ExternalSecretsDelivery>,
    { image, schedule }: RotationSchedule,
    { name, namespace }: DeclaredWorkload,
  ): ApiObject {
    const { vault } = environment.delivery;
    const ca = this.certificateAuthority(vault.ca, name, namespace);
    const labels = { 'app.kubernetes.io/name': name };
    const variables = {
      VAULT_ADDR: vault.address,
      VAULT_ROLE: rotationRole(environment.catalog.name),
      ...(ca ? { VAULT_CACERT: `${caFolder}/${ca.key}` } : {}),
      // npx keeps its logs and cache in the home folder, and this user has none.
      HOME: '/tmp',
      // Without what it has cached there, npx asks the registry at every run whether there is a newer npm.
      NPM_CONFIG_UPDATE_NOTIFIER: 'false',
    };
    const memory = '256Mi';
    return new ApiObject(this, 'CronJob', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name, namespace, labels },
      spec: {
        schedule,
        timeZone: 'Etc/UTC',
        // The journal's lease would refuse a second run; the next one goes on where this one ends.
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: longestRunSeconds,
            template: {
              metadata: { labels },
              spec: {
                restartPolicy: 'Never',
                enableServiceLinks: false,
                securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
                containers: [
                  {
                    name: 'rotate',
                    image,
                    imagePullPolicy: 'IfNotPresent',
                    command: ['npx', '--no-install', 'nivesh-secrets'],
                    args: ['rotate', '--due', '--yes', '--environment', environment.name],
                    env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
                    resources: { requests: { cpu: '50m', memory }, limits: { memory } },
                    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
                    securityContext: {
                      runAsUser: unprivileged,
                      runAsGroup: unprivileged,
                      readOnlyRootFilesystem: true,
                      allowPrivilegeEscalation: false,
                      capabilities: { drop: ['ALL'] },
                    },
                    volumeMounts: [
                      { name: 'tmp', mountPath: '/tmp' },
                      { name: 'vault-token', mountPath: vaultTokenFolder, readOnly: true },
                      { name: 'api-token', mountPath: serviceAccountFolder, readOnly: true },
                      ...(ca ? [{ name: 'vault-ca', mountPath: caFolder, readOnly: true }] : []),
                    ],
                  },
                ],
                volumes: [
                  { name: 'tmp', emptyDir: {} },
                  {
                    name: 'vault-token',
                    projected: { sources: [tokenSource(rotationAudience(vault.auth))] },
                  },
                  {
                    name: 'api-token',
                    projected: {
                      sources: [
                        tokenSource(),
                        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
                      ],
                    },
                  },
                  ...(ca ? [{ name: 'vault-ca', configMap: { name: ca.name } }] : []),
                ],
              },
            },
          },
        },
      },
    });
  }
}

/** A run that hangs must not keep all later ones from starting; what it has begun is resumed. */
const longestRunSeconds = 6 * 3600;

/** A user and group that no system has for itself. */
const unprivileged = 10001;

/** @param audience @default - that of the API server */
function tokenSource(audience?: string): object {
  return {
    serviceAccountToken: { path: 'token', expirationSeconds: 3600, ...(audience === undefined ? {} : { audience }) },
  };
}

function ruleOf({ group, resource, names, verbs }: Right): kplus.k8s.PolicyRule {
  return {
    apiGroups: [group],
    resources: [resource],
    verbs: [...verbs],
    ...(names ? { resourceNames: [...names] } : {}),
  };
}

function requireSchedule({ name, rotation }: Environment): RotationSchedule {
  if (!rotation) {
    throw new DeclarationError(`environment ${name}`, [
      {
        path: `environments.${name}.rotation`,
        what: 'the environment does not rotate on schedule',
        got: 'no rotation',
        allowed: 'rotation: { image, schedule, namespace, env }',
        fix: 'declare it, or leave the RotationJob out',
      },
    ]);
  }
  return rotation;
}
