import { type Catalog, compare, readersOf, secretsOfWorkload, workloadNames } from '../catalog';
import { type AccessGroup, AccessGroups } from './access-groups';
import { type Coverage, coverageGaps, coverageOf } from './coverage';
import type { Gap } from './gap';
import { IdSet } from './id-set';
import type { Identity } from './identity';
import { type KubernetesEvent, KubernetesLineFormat } from './kubernetes-entry';
import { siblingsOf } from './log-files';
import { scanLogs } from './scan-logs';
import type { LogQuestion } from './vault-log';
import { isWithin } from './window';

/** A Kubernetes Secret that carries what is asked about. */
export interface CarryingSecret {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The Kubernetes Secrets that carry a secret of Vault, or one field of it: those of the workloads that read it.
 */
export function carryingSecrets(catalog: Catalog, path: string, field?: string): CarryingSecret[] {
  const workloads = Object.keys(catalog.workloads).filter((workload) =>
    field === undefined
      ? secretsOfWorkload(catalog, workload).some((secret) => secret.path === path)
      : readersOf(catalog, path, field).some((reference) => reference.workload === workload),
  );
  return workloads
    .map((workload) => ({
      namespace: catalog.workloads[workload]?.namespace ?? '',
      name: workloadNames(catalog.name, workload).secret,
    }))
    .sort((a, b) => compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`));
}

/** Accesses to Kubernetes Secrets. `path` of a group is `namespace/name`, or `namespace/*` and `*` for lists and watches. */
export interface KubernetesReport {
  /** The Secrets asked about. @default - every Secret */
  readonly secrets?: readonly CarryingSecret[];
  /** Reads by people: every user that is no service account and no part of the cluster. */
  readonly people: readonly AccessGroup[];
  /** Reads by service accounts and by the parts of the control plane. */
  readonly controllers: readonly AccessGroup[];
  /** Reads by kubelets, for the pods of their node. */
  readonly kubelets: readonly AccessGroup[];
  /** Changes; the answer to one holds the values as well. */
  readonly writes: readonly AccessGroup[];
  readonly refused: readonly AccessGroup[];
  readonly coverage: Coverage;
  readonly gaps: readonly Gap[];
}

/** See {@link readKubernetesLog}. */
export interface KubernetesQuestion extends LogQuestion {
  /** @default - every Secret */
  readonly secrets?: readonly CarryingSecret[];
  /** A user name, `namespace/serviceaccount`, or the end of a user name. @default - anybody */
  readonly identity?: string;
}

const reads = new Set(['get', 'list', 'watch']);

/**
 * Who read Secrets, by the audit log of the API server. A list or a watch gives all Secrets of its namespace, or of the
 * cluster, so it counts as a read of each.
 */
export async function readKubernetesLog(question: KubernetesQuestion): Promise<KubernetesReport> {
  const { logs, window, secrets, identity } = question;
  const groups = {
    people: new AccessGroups(),
    controllers: new AccessGroups(),
    kubelets: new AccessGroups(),
    writes: new AccessGroups(),
    refused: new AccessGroups(),
  };
  const seen = new IdSet();
  const seenSecrets = { any: false };
  const scan = await scanLogs(logs.files, {
    ...question,
    needles: ['"resource":"secrets"'],
    format: () => new KubernetesLineFormat(),
    onEntry: (event) => {
      if (
        event.objectRef?.resource !== 'secrets' ||
        event.stage === 'RequestReceived' ||
        !isWithin(window, event.requestReceivedTimestamp)
      ) {
        return;
      }
      seenSecrets.any = true;
      if (!concerns(event, secrets) || !isBy(event, identity) || seen.has(event.auditID)) {
        return;
      }
      // A watch is recorded when it begins and when it ends.
      seen.add(event.auditID);
      const who = userOf(event);
      const refusal = refusalOf(event);
      const section = refusal === undefined ? (reads.has(event.verb) ? sectionOf(event) : 'writes') : 'refused';
      groups[section].add({
        ...{ kind: reads.has(event.verb) ? 'read' : 'write', path: targetOf(event), action: event.verb },
        ...{ time: event.requestReceivedTimestamp, identity: who, keys: [] },
        ...(event.sourceIPs?.[0] === undefined ? {} : { address: event.sourceIPs[0] }),
        ...(refusal === undefined ? {} : { refusal }),
      });
    },
  });
  const silent: Gap[] = seenSecrets.any
    ? []
    : [
        {
          kind: 'log',
          message: 'the log has no event about any Secret in the window: the audit policy may leave them out',
          fix: 'use the policy of "nivesh-secrets audit policy" on the API server',
        },
      ];
  return {
    ...(secrets ? { secrets } : {}),
    people: groups.people.list(),
    controllers: groups.controllers.list(),
    kubelets: groups.kubelets.list(),
    writes: groups.writes.list(),
    refused: groups.refused.list(),
    coverage: coverageOf(scan),
    gaps: [...coverageGaps(scan, window, logs.refused, await siblingsOf(logs.files)), ...silent],
  };
}

/** A target without a name or a namespace is all of them. */
function concerns({ objectRef }: KubernetesEvent, secrets: readonly CarryingSecret[] | undefined): boolean {
  return (
    secrets?.some(
      ({ namespace, name }) => (objectRef?.namespace ?? namespace) === namespace && (objectRef?.name ?? name) === name,
    ) ?? true
  );
}

function targetOf({ objectRef }: KubernetesEvent): string {
  return objectRef?.namespace === undefined ? '*' : `${objectRef.namespace}/${objectRef.name ?? '*'}`;
}

function isBy({ user, impersonatedUser }: KubernetesEvent, identity: string | undefined): boolean {
  if (identity === undefined) {
    return true;
  }
  const account = `system:serviceaccount:${identity.replace('/', ':')}`;
  return [user.username, impersonatedUser?.username].some(
    (name) => name === identity || name === account || (name?.endsWith(`:${identity}`) ?? false),
  );
}

function sectionOf({ user, impersonatedUser }: KubernetesEvent): 'people' | 'controllers' | 'kubelets' {
  const name = user.username ?? '';
  if (impersonatedUser || !name.startsWith('system:') || name === 'system:anonymous') {
    return 'people';
  }
  return name.startsWith('system:node:') ? 'kubelets' : 'controllers';
}

function userOf(event: KubernetesEvent): Identity {
  const { user, impersonatedUser, userAgent = '' } = event;
  const as = impersonatedUser?.username;
  const name = user.username ?? 'unknown user';
  const account = name.replace(/^system:serviceaccount:([^:]+):/, '$1/');
  return {
    kind: sectionOf(event) === 'people' ? 'person' : 'workload',
    name: as === undefined ? account : `${account} as ${as}`,
    detail: userAgent.split('/')[0] ?? '',
  };
}

function refusalOf({ responseStatus, stage }: KubernetesEvent): string | undefined {
  const { code = 200, reason = '' } = responseStatus ?? {};
  if (stage === 'Panic') {
    return 'the API server failed';
  }
  return code < 400 ? undefined : `${code} ${reason}`.trim();
}
