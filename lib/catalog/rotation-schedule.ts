import type { Catalog } from './catalog';
import { checkCatalog } from './check-catalog';
import type { EnvironmentValue } from './derived-value';
import type { KubernetesAuthSettings } from './environment';
import { replacedByCommand } from './field';
import { workloadNames } from './names';
import { quoted, throwProblems } from './problems';
import type { FieldReference } from './vault-secret';
import { workload } from './workload';

/** How an environment rotates on the schedules of its catalog: a CronJob that runs `nivesh-secrets rotate --due`. */
export interface RotationSchedule {
  /** Name of the CronJob, which is a workload of the environment's catalog. */
  readonly workload: string;
  /**
   * Image with Node and npm, a shell, the project and its packages; `npx nivesh-secrets` must work in its working
   * directory, for any user.
   */
  readonly image: string;
  /** When it looks what is due, in Cron's five fields, UTC: `17 * * * *`. A rotation that must wait goes on then. */
  readonly schedule: string;
}

/** See {@link RotationSchedule}. */
export interface RotationScheduleOptions extends Pick<RotationSchedule, 'image' | 'schedule'> {
  readonly namespace: string;
  /** Name of the CronJob. @default '<catalog>-rotator' */
  readonly workload?: string;
  /** What it needs of Vault as variables: the addresses of the databases' administrators. */
  readonly env: Readonly<Record<string, EnvironmentValue>>;
}

/** Vault policy and role with which a catalog's rotator rotates; with that of its workload it only reads its variables. */
export function rotationRole(catalogName: string): string {
  return `${catalogName}-rotation`;
}

/**
 * Audience of the token that the rotator logs in to Vault with. The kubelet makes tokens for one audience only; where
 * Vault shows the token to the API server as its own login, it must be that of the API server.
 */
export function rotationAudience({ reviewer, audience, apiServerAudience }: KubernetesAuthSettings): string {
  return reviewer === 'client-jwt' ? apiServerAudience : audience;
}

/**
 * Whether a run on schedule may begin or go on with the rotation of a field: not where the new value is worth nothing
 * until a person has acted, nor where nobody has said how old it may become.
 */
export function rotatesByItself({ secret, fieldName, declaration: { source, rotation } }: FieldReference): boolean {
  if (source.type === 'username') {
    // It changes with the password of the account.
    return [...secret.fields.values()].some(
      ({ rotation: other }) => other.strategy === 'alternatingUsers' && other.usernameField === fieldName,
    );
  }
  if (rotation.strategy !== 'manual') {
    return true;
  }
  return source.type !== 'issued' && rotation.instructions === replacedByCommand && rotation.every !== undefined;
}

/**
 * The catalog with the rotator as one more workload, so that it gets its values, its identity and its access like every
 * other one.
 * @throws DeclarationError where a name is taken
 */
export function withRotator(catalog: Catalog, options: RotationScheduleOptions): [Catalog, RotationSchedule] {
  const { namespace, env, image, schedule, workload: name = `${catalog.name}-rotator` } = options;
  const role = rotationRole(catalog.name);
  const taken = Object.keys(catalog.workloads).filter(
    (other) => other === name || workloadNames(catalog.name, other).vaultRole === role,
  );
  throwProblems(
    'rotation on schedule',
    taken.map((other) => ({
      path: `workloads.${other}`,
      what: 'a workload has a name that the rotator needs',
      got: quoted(other),
      allowed: `names other than ${quoted(name)} and ${quoted(role)}`,
      fix: other === name ? 'name the rotator with rotation.workload' : 'rename the workload',
    })),
  );
  const rotator = workload({ namespace, kind: 'CronJob', env });
  const extended = { ...catalog, workloads: { ...catalog.workloads, [name]: rotator } };
  checkCatalog(extended);
  return [extended, { workload: name, image, schedule }];
}
