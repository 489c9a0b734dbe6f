import { App, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { ci } from '../../environments/ci';
import { staging } from '../../environments/staging';
import {
  EnvironmentChart,
  type EnvironmentDelivery,
  environmentObjects,
  isDeliveredInCluster,
} from '../../lib/kubernetes';

function addBackend(chart: EnvironmentChart, delivery: EnvironmentDelivery): void {
  const { namespace } = delivery.secretOf('nivesh-backend');
  const deployment = new kplus.Deployment(chart, 'nivesh-backend', { metadata: { name: 'nivesh-backend', namespace } });
  deployment.addContainer({
    image: 'nivesh/backend:1.0.0',
    securityContext: {
      capabilities: { drop: [kplus.Capability.ALL] },
      seccompProfile: { type: kplus.SeccompProfileType.RUNTIME_DEFAULT },
    },
  });
  delivery.secretOf('nivesh-backend').wire(deployment);
}

const kindsOf = (objects: readonly { readonly kind: string }[]): string[] => [
  ...new Set(objects.map(({ kind }) => kind)),
];

describe('EnvironmentChart', () => {
  it('begins with namespaces, delivers, rotates, and leaves workloads to others', () => {
    const kinds = kindsOf(environmentObjects(staging));
    expect(kinds[0]).toBe('Namespace');
    expect(kinds).toEqual(expect.arrayContaining(['ClusterSecretStore', 'ExternalSecret', 'CronJob']));
    expect(kinds).not.toContain('Deployment');
  });

  it('adds the workloads that it is given, after what makes their Secrets', () => {
    const objects = environmentObjects(staging, addBackend);
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'Deployment')).toHaveLength(1);
    expect(kinds.indexOf('Deployment')).toBeGreaterThan(kinds.lastIndexOf('ExternalSecret'));
  });

  it('lets a project add to the CronJob of the rotator what its cluster needs', () => {
    const podSpec = '/spec/jobTemplate/spec/template/spec';
    const registry = [{ name: 'registry' }];
    const objects = environmentObjects(staging, ({ rotationJob }) => {
      rotationJob?.cronJob.addJsonPatch(JsonPatch.add(`${podSpec}/imagePullSecrets`, registry));
    });
    const cronJob = objects.find(({ kind }) => kind === 'CronJob');
    expect(cronJob).toMatchObject({
      spec: { jobTemplate: { spec: { template: { spec: { imagePullSecrets: registry } } } } },
    });
  });

  it('is named by its id, and has the objects that are applied', () => {
    const chart = new EnvironmentChart(new App(), 'shop', { environment: staging });
    expect(chart.node.id).toBe('shop');
    expect(chart.toJson()).toEqual(environmentObjects(staging));
  });
});

describe('isDeliveredInCluster', () => {
  it('tells environments that a cluster gets from the others', () => {
    expect([staging, ci].map(isDeliveredInCluster)).toEqual([true, false]);
  });
});
