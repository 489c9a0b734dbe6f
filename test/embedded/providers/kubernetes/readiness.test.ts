import type { KubernetesObject } from '../../../../lib/kubernetes/client';
import { checkWaiting, readinessOf } from '../../../../lib/embedded/providers/kubernetes/readiness';
import type { PropertyMap } from '../../../../lib/embedded/providers/values';

function declared(apiVersion: string, kind: string, annotations: PropertyMap = {}): PropertyMap {
  return { apiVersion, kind, metadata: { name: 'x', annotations } };
}

function live(fields: object, generation = 1): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Any', metadata: { name: 'x', generation }, ...fields };
}

const waiting = (value: string): PropertyMap =>
  declared('external-secrets.io/v1', 'ExternalSecret', { 'pulumi.com/waitFor': value });

describe('readiness', () => {
  it('is at once for an object that nobody waits for', () => {
    expect(readinessOf(declared('v1', 'ConfigMap'))).toBeUndefined();
    expect(readinessOf(declared('example.io/v1', 'Deployment'))).toBeUndefined();
    expect(readinessOf(declared('apps/v1', 'Deployment', { 'pulumi.com/skipAwait': 'true' }))).toBeUndefined();
  });

  it('is that of the annotation, with the words of the condition', () => {
    const check = readinessOf(waiting('condition=Ready'));
    expect(check?.(live({}))).toEqual({ ready: false, message: 'it has no condition Ready yet' });
    const failing = { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'could not get it' };
    expect(check?.(live({ status: { conditions: [failing] } }))).toEqual({
      ready: false,
      message: 'Ready is False (SecretSyncedError): could not get it',
    });
    expect(check?.(live({ status: { conditions: [{ type: 'Ready', status: 'True' }] } })).ready).toBe(true);
  });

  it('is that of every condition of a list, with its own status', () => {
    const check = readinessOf(waiting('["condition=Ready", "condition=Stalled=False"]'));
    const conditions = (stalled: string): object => ({
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Stalled', status: stalled },
        ],
      },
    });
    expect(check?.(live(conditions('True')))).toEqual({ ready: false, message: 'Stalled is True' });
    expect(check?.(live(conditions('False'))).ready).toBe(true);
  });

  it.each(['jsonpath={.status.phase}=Ready', 'Ready', 'condition=', '["jsonpath={.a}"]'])(
    'fails on the annotation %s',
    (value) => {
      expect(checkWaiting(waiting(value))).toHaveLength(1);
      expect(checkWaiting(waiting(value))[0]?.reason).toContain(
        'must be condition=<type> or condition=<type>=<status>',
      );
    },
  );

  it('is a rollout that the controller has seen and finished', () => {
    const check = readinessOf(declared('apps/v1', 'Deployment'));
    const status = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    const of = (changes: object): boolean | undefined =>
      check?.(live({ spec: { replicas: 2 }, status: { ...status, ...changes } }, 2)).ready;
    expect(of({})).toBe(true);
    expect(of({ observedGeneration: 1 })).toBe(false);
    expect(of({ updatedReplicas: 1 })).toBe(false);
    expect(of({ availableReplicas: 1 })).toBe(false);
    expect(of({ replicas: 3 })).toBe(false);
  });

  it('says why pods are not made', () => {
    const refused = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'pods "x" is forbidden',
    };
    expect(readinessOf(declared('apps/v1', 'Deployment'))?.(live({ status: { conditions: [refused] } }))).toEqual({
      ready: false,
      message:
        '0 of 1 replicas are available, 0 of the new revision; ReplicaFailure is True (FailedCreate): pods "x" is forbidden',
    });
  });

  it('fails without waiting longer when a rollout or a job has failed', () => {
    const stuck = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' };
    expect(readinessOf(declared('apps/v1', 'Deployment'))?.(live({ status: { conditions: [stuck] } }))).toEqual({
      ready: false,
      failed: true,
      message:
        'Progressing is False (ProgressDeadlineExceeded): timed out; 0 of 1 replicas are available, 0 of the new revision',
    });
    const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' };
    expect(readinessOf(declared('batch/v1', 'Job'))?.(live({ status: { conditions: [failed] } }))).toMatchObject({
      failed: true,
    });
  });

  it.each([
    [
      'apps/v1',
      'StatefulSet',
      { spec: { replicas: 1 }, status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1, replicas: 1 } },
    ],
    [
      'apps/v1',
      'DaemonSet',
      { status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 } },
    ],
    ['batch/v1', 'Job', { status: { conditions: [{ type: 'Complete', status: 'True' }] } }],
    ['v1', 'Namespace', { status: { phase: 'Active' } }],
    [
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      { status: { conditions: [{ type: 'Established', status: 'True' }] } },
    ],
    ['v1', 'Secret', { type: 'Opaque' }],
    ['v1', 'Secret', { type: 'kubernetes.io/service-account-token', data: { token: '' } }],
  ])('of %s %s comes', (apiVersion, kind, fields) => {
    const check = readinessOf(declared(apiVersion, kind));
    expect(check?.(live(fields)).ready).toBe(true);
    expect(check?.(live({ type: 'kubernetes.io/service-account-token' })).ready).toBe(false);
  });
});
