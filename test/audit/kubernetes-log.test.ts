import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nivesh } from '../../environments/catalog';
import type { AccessGroup } from '../../lib/audit/access-groups';
import { carryingSecrets, type KubernetesReport, readKubernetesLog } from '../../lib/audit/kubernetes-log';
import { findLogFiles } from '../../lib/audit/log-files';

const at = (minute: number): string => `2026-11-20T02:${String(minute).padStart(2, '0')}:00.000000Z`;
const window = { since: Date.parse(at(0)), until: Date.parse(at(59)) };

interface Event {
  readonly minute: number;
  readonly user: string;
  readonly verb: string;
  readonly name?: string;
  readonly namespace?: string | null;
  readonly code?: number;
  readonly more?: object;
}

/** A line as an API server 1.36 writes it. */
function line({ minute, user, verb, name, namespace = 'nivesh', code = 200, more }: Event): string {
  return JSON.stringify({
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: randomUUID() },
    ...{ stage: 'ResponseComplete', requestURI: '/api/v1/...', verb, user: { username: user, groups: [] } },
    ...{ sourceIPs: ['10.0.0.9'], userAgent: 'kubectl/v1.36' },
    objectRef: {
      ...{ resource: 'secrets', apiVersion: 'v1' },
      ...(namespace === null ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    },
    responseStatus: { metadata: {}, code, ...(code === 403 ? { reason: 'Forbidden' } : {}) },
    requestReceivedTimestamp: at(minute),
    stageTimestamp: at(minute),
    annotations: { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
    ...more,
  });
}

describe('readKubernetesLog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-log-'));
  const secrets = [{ namespace: 'nivesh', name: 'nivesh-backend-secret' }];

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function ask(lines: readonly string[], more: { identity?: string } = {}): Promise<KubernetesReport> {
    const file = join(folder, 'audit.log');
    writeFileSync(file, lines.map((text) => `${text}\n`).join(''));
    const logs = await findLogFiles([file]);
    return await readKubernetesLog({ logs, window, ...('identity' in more ? {} : { secrets }), ...more });
  }

  const brief = (groups: readonly AccessGroup[]): string[] =>
    groups.map(({ identity, action, path, count, refusal }) =>
      [identity.name, action, path, count, ...(refusal === undefined ? [] : [refusal])].join(' | '),
    );

  const events: Event[] = [
    { minute: 0, user: 'kube-admin', verb: 'get', name: 'nivesh-backend-secret' },
    { minute: 1, user: 'asha@example.org', verb: 'list' },
    { minute: 1, user: 'asha@example.org', verb: 'list', namespace: null },
    { minute: 2, user: 'system:node:worker-1', verb: 'watch', name: 'nivesh-backend-secret' },
    {
      minute: 3,
      user: 'system:serviceaccount:external-secrets:external-secrets',
      verb: 'update',
      name: 'nivesh-backend-secret',
    },
    {
      minute: 3,
      user: 'system:serviceaccount:external-secrets:external-secrets',
      verb: 'get',
      name: 'nivesh-backend-secret',
    },
    { minute: 4, user: 'system:kube-controller-manager', verb: 'list', namespace: null },
    { minute: 5, user: 'system:serviceaccount:nivesh:grafana', verb: 'get', name: 'nivesh-backend-secret', code: 403 },
    { minute: 6, user: 'system:anonymous', verb: 'get', name: 'nivesh-backend-secret', code: 401 },
    { minute: 7, user: 'kube-admin', verb: 'get', name: 'grafana-secret' },
    { minute: 7, user: 'kube-admin', verb: 'list', namespace: 'kube-system' },
    {
      minute: 8,
      user: 'ravi',
      verb: 'get',
      name: 'nivesh-backend-secret',
      more: { impersonatedUser: { username: 'system:serviceaccount:nivesh:nivesh-backend' } },
    },
    { minute: 59, user: 'kube-admin', verb: 'delete', name: 'nivesh-backend-secret' },
  ];

  it('tells people, controllers and kubelets apart, and counts lists and watches as reads of all', async () => {
    const report = await ask(events.map(line));
    expect(brief(report.people)).toEqual([
      'asha@example.org | list | * | 1',
      'asha@example.org | list | nivesh/* | 1',
      'kube-admin | get | nivesh/nivesh-backend-secret | 1',
      'ravi as system:serviceaccount:nivesh:nivesh-backend | get | nivesh/nivesh-backend-secret | 1',
    ]);
    expect(brief(report.controllers)).toEqual([
      'external-secrets/external-secrets | get | nivesh/nivesh-backend-secret | 1',
      'system:kube-controller-manager | list | * | 1',
    ]);
    expect(brief(report.kubelets)).toEqual(['system:node:worker-1 | watch | nivesh/nivesh-backend-secret | 1']);
    expect(brief(report.writes)).toEqual([
      'external-secrets/external-secrets | update | nivesh/nivesh-backend-secret | 1',
      'kube-admin | delete | nivesh/nivesh-backend-secret | 1',
    ]);
    expect(brief(report.refused)).toEqual([
      'nivesh/grafana | get | nivesh/nivesh-backend-secret | 1 | 403 Forbidden',
      'system:anonymous | get | nivesh/nivesh-backend-secret | 1 | 401',
    ]);
    expect(report.gaps).toEqual([]);
  });

  it('counts a watch once that is recorded at its begin and at its end, and a running one', async () => {
    const begun = line({ minute: 0, user: 'a', verb: 'watch', more: { stage: 'ResponseStarted', auditID: 'one' } });
    const ended = line({ minute: 59, user: 'a', verb: 'watch', more: { auditID: 'one' } });
    const running = line({ minute: 59, user: 'b', verb: 'watch', more: { stage: 'ResponseStarted' } });
    const received = line({ minute: 59, user: 'c', verb: 'get', more: { stage: 'RequestReceived' } });
    expect(brief((await ask([begun, ended, running, received])).people)).toEqual([
      'a | watch | nivesh/* | 1',
      'b | watch | nivesh/* | 1',
    ]);
  });

  it.each([
    ['nivesh/grafana', ['nivesh/grafana | get | nivesh/nivesh-backend-secret | 1 | 403 Forbidden']],
    ['system:anonymous', ['system:anonymous | get | nivesh/nivesh-backend-secret | 1 | 401']],
  ])('finds what %s did', async (identity, expected) => {
    const report = await ask(events.map(line), { identity });
    expect(brief(report.refused)).toEqual(expected);
    expect([report.people, report.controllers, report.writes]).toEqual([[], [], []]);
  });

  it('finds who acted as another', async () => {
    const { people } = await ask(events.map(line), { identity: 'nivesh/nivesh-backend' });
    expect(people.map(({ identity }) => identity.name)).toEqual([
      'ravi as system:serviceaccount:nivesh:nivesh-backend',
    ]);
  });

  it('says that the log records no Secrets, and which lines it could not read', async () => {
    const pods = { objectRef: { resource: 'pods', namespace: 'nivesh' } };
    const report = await ask([
      line({ minute: 0, user: 'a', verb: 'get', more: pods }),
      '{"kind":"Eve',
      line({ minute: 59, user: 'a', verb: 'get', more: pods }),
    ]);
    expect(report.gaps.map(({ kind }) => kind)).toEqual(['lines', 'log']);
  });
});

describe('carryingSecrets', () => {
  it('names the Secrets of every workload that reads a secret, or one field of it', () => {
    expect(carryingSecrets(nivesh, 'nivesh/postgres').map(({ name }) => name)).toEqual([
      'mlflow-secret',
      'nivesh-backend-secret',
      'nivesh-backup-secret',
      'nivesh-ml-api-secret',
    ]);
    expect(carryingSecrets(nivesh, 'nivesh/ml-api', 'api_key_previous')).toEqual([
      { namespace: 'nivesh', name: 'nivesh-ml-api-secret' },
    ]);
  });
});
