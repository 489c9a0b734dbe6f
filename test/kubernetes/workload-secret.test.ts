import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, type Chart, Cron, Include } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { stringify } from 'yaml';
import { DeclarationError } from '../../lib/catalog';
import { VaultDelivery, WorkloadSecret } from '../../lib/kubernetes';
import { podOf } from '../../lib/kubernetes/pod-template';
import { shopEnvironment } from '../support/environment';
import { objectOf, synthesize, testChart } from '../support/objects';

function delivered(): { chart: Chart; delivery: VaultDelivery } {
  const chart = testChart();
  return { chart, delivery: new VaultDelivery(chart, 'Delivery', { environment: shopEnvironment() }) };
}

const containers = [{ name: 'main', image: 'shop/web:1' }];

function plusDeployment(chart: Chart, options: kplus.DeploymentProps = {}): kplus.Deployment {
  return new kplus.Deployment(chart, 'web', {
    metadata: { name: 'shop-web', namespace: 'shop' },
    containers,
    ...options,
  });
}

/** A Deployment as it stands in a file. */
function manifest(pod: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop-web', namespace: 'shop', ...metadata },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers, ...pod } },
    },
  };
}

/** What the wiring decides, of the workload of a kind and name. */
function wired(chart: Chart, kind: string, name: string) {
  const object = objectOf(synthesize(chart), kind, name);
  const {
    serviceAccountName,
    automountServiceAccountToken,
    containers: all = [],
    initContainers,
  } = podOf(object) ?? {};
  return {
    annotations: object.metadata.annotations,
    serviceAccountName,
    automountServiceAccountToken,
    envFrom: [...all, ...(initContainers ?? [])].map((container) => [container.name, container.envFrom]),
  };
}

const wiredWeb = {
  annotations: { 'secret.reloader.stakater.com/reload': 'shop-web-secret' },
  serviceAccountName: 'shop-web',
  automountServiceAccountToken: false,
  envFrom: [['main', [{ secretRef: { name: 'shop-web-secret' } }]]],
};

function problemsOf(act: () => void): string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) {
      throw error;
    }
    return error.problems.map(({ what, got }) => `${what}: ${got}`);
  }
}

describe('WorkloadSecret', () => {
  it('says which Secret it is, and of whom', () => {
    const { delivery } = delivered();
    const secret = delivery.secretOf('backup');
    expect([secret.name, secret.namespace, secret.workload.kind]).toEqual(['backup-secret', 'jobs', 'CronJob']);
    expect(secret.reference.name).toBe('backup-secret');
    expect(secret.reference).toBe(secret.reference);
  });

  it('cannot be made from a name', () => {
    // @ts-expect-error a name is no construct that makes a Secret
    const forged = () => new WorkloadSecret('shop-web-secret');
    const { delivery } = delivered();
    const named = (): void => {
      // @ts-expect-error a workload is an object, not its name
      delivery.secretOf('shop-web').wire('shop-web');
    };
    expect([forged, named]).toHaveLength(2);
  });

  describe('wire', () => {
    it('wires a cdk8s-plus Deployment', () => {
      const { chart, delivery } = delivered();
      delivery.secretOf('shop-web').wire(plusDeployment(chart));
      expect(wired(chart, 'Deployment', 'shop-web')).toEqual(wiredWeb);
    });

    it('wires a cdk8s-plus StatefulSet', () => {
      const { chart, delivery } = delivered();
      const metadata = { name: 'queue', namespace: 'shop' };
      const service = new kplus.Service(chart, 'service', { metadata, ports: [{ port: 1 }] });
      delivery.secretOf('queue').wire(new kplus.StatefulSet(chart, 'queue', { metadata, containers, service }));
      expect(wired(chart, 'StatefulSet', 'queue')).toMatchObject({
        annotations: { 'secret.reloader.stakater.com/reload': 'queue-secret' },
        serviceAccountName: 'queue',
        envFrom: [['main', [{ secretRef: { name: 'queue-secret' } }]]],
      });
    });

    it('wires a cdk8s-plus CronJob, whose every run reads the Secret anew, without the annotation', () => {
      const { chart, delivery } = delivered();
      const metadata = { name: 'backup', namespace: 'jobs' };
      const job = new kplus.CronJob(chart, 'backup', { metadata, containers, schedule: Cron.daily() });
      delivery.secretOf('backup').wire(job);
      expect(wired(chart, 'CronJob', 'backup')).toEqual({
        annotations: undefined,
        serviceAccountName: 'backup',
        automountServiceAccountToken: false,
        envFrom: [['main', [{ secretRef: { name: 'backup-secret' } }]]],
      });
    });

    it('wires a plain object', () => {
      const { chart, delivery } = delivered();
      delivery.secretOf('shop-web').wire(new ApiObject(chart, 'web', manifest()));
      expect(wired(chart, 'Deployment', 'shop-web')).toEqual(wiredWeb);
    });

    it('wires the object inside a cdk8s-plus workload as the workload itself', () => {
      const { chart, delivery } = delivered();
      const deployment = plusDeployment(chart);
      delivery.secretOf('shop-web').wire(ApiObject.of(deployment));
      deployment.containers[0]?.env.copyFrom(kplus.Env.fromSecret(delivery.secretOf('queue').reference));
      expect(podOf(objectOf(synthesizeAnyway(chart), 'Deployment', 'shop-web'))?.containers?.[0]?.envFrom).toHaveLength(
        2,
      );
    });

    describe('an included manifest', () => {
      const folder = mkdtempSync(join(tmpdir(), 'wiring-'));
      afterAll(() => {
        rmSync(folder, { recursive: true });
      });

      function include(chart: Chart, ...documents: object[]): Include {
        const url = join(folder, 'manifest.yaml');
        writeFileSync(url, documents.map((document) => stringify(document)).join('---\n'));
        return new Include(chart, 'include', { url });
      }

      it('is wired', () => {
        const { chart, delivery } = delivered();
        const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop-web', namespace: 'shop' } };
        delivery.secretOf('shop-web').wire(include(chart, service, manifest()));
        expect(wired(chart, 'Deployment', 'shop-web')).toEqual(wiredWeb);
      });

      it('fails without the workload', () => {
        const { chart, delivery } = delivered();
        const included = include(chart, manifest({}, { name: 'web' }));
        expect(
          problemsOf(() => {
            delivery.secretOf('shop-web').wire(included);
          }),
        ).toEqual(['the included manifest does not have the workload: Deployment web']);
      });
    });

    it('keeps what is there already: other sources, other Secrets to watch, its own service account', () => {
      const { chart, delivery } = delivered();
      const pod = {
        serviceAccountName: 'shop-web',
        automountServiceAccountToken: false,
        containers: [{ ...containers[0], envFrom: [{ configMapRef: { name: 'config' } }] }],
      };
      const annotations = { 'secret.reloader.stakater.com/reload': 'tls' };
      new ApiObject(chart, 'tls', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls', namespace: 'shop' } });
      delivery.secretOf('shop-web').wire(new ApiObject(chart, 'web', manifest(pod, { annotations })));
      expect(wired(chart, 'Deployment', 'shop-web')).toEqual({
        ...wiredWeb,
        annotations: { 'secret.reloader.stakater.com/reload': 'tls,shop-web-secret' },
        envFrom: [['main', [{ configMapRef: { name: 'config' } }, { secretRef: { name: 'shop-web-secret' } }]]],
      });
    });

    it.each([
      ['cdk8s-plus', (chart: Chart) => plusDeployment(chart)],
      ['a plain object', (chart: Chart) => new ApiObject(chart, 'web', manifest())],
    ])('changes nothing the second time (%s)', (_, make) => {
      const { chart, delivery } = delivered();
      const deployment = make(chart);
      delivery.secretOf('shop-web').wire(deployment);
      const once = JSON.stringify(synthesize(chart));
      delivery.secretOf('shop-web').wire(deployment);
      expect(JSON.stringify(synthesize(chart))).toBe(once);
    });

    describe('containers', () => {
      const several = {
        containers: [
          { name: 'main', image: 'a' },
          { name: 'proxy', image: 'b' },
        ],
        initContainers: [{ name: 'migrate', image: 'c' }],
      };
      const source = [{ secretRef: { name: 'shop-web-secret' } }];

      it.each([
        ['cdk8s-plus', (chart: Chart) => plusDeployment(chart, several)],
        ['a plain object', (chart: Chart) => new ApiObject(chart, 'web', manifest(several))],
      ])('are chosen by name, those of the start-up too (%s)', (_, make) => {
        const { chart, delivery } = delivered();
        delivery.secretOf('shop-web').wire(make(chart), { containers: ['main', 'migrate'] });
        expect(wired(chart, 'Deployment', 'shop-web').envFrom).toEqual([
          ['main', source],
          ['proxy', undefined],
          ['migrate', source],
        ]);
      });

      it('fails where it is not said which one of several loads the Secret', () => {
        const { chart, delivery } = delivered();
        const deployment = plusDeployment(chart, several);
        expect(
          problemsOf(() => {
            delivery.secretOf('shop-web').wire(deployment);
          }),
        ).toEqual([
          'the workload has several containers, and it is not said which of them load the Secret: "main", "proxy", "migrate"',
        ]);
      });

      it('fails for a container that is not there, for none, and for a workload without any', () => {
        const { chart, delivery } = delivered();
        const secret = delivery.secretOf('shop-web');
        const deployment = plusDeployment(chart, several);
        expect(
          problemsOf(() => {
            secret.wire(deployment, { containers: ['main', 'web'] });
          }),
        ).toEqual(['the workload has no such container: "web"']);
        expect(
          problemsOf(() => {
            secret.wire(deployment, { containers: [] });
          }),
        ).toEqual(['no container loads the Secret: an empty list']);
        const empty = new kplus.Deployment(chart, 'empty', { metadata: { name: 'shop-web', namespace: 'shop' } });
        expect(
          problemsOf(() => {
            secret.wire(empty);
          }),
        ).toEqual(['the workload has no container yet: no container']);
        const { apiVersion, kind, metadata } = manifest();
        expect(
          problemsOf(() => {
            secret.wire(new ApiObject(chart, 'incomplete', { apiVersion, kind, metadata }));
          }),
        ).toEqual(['the workload has no container yet: no container']);
      });
    });

    it('fails, and changes nothing, for an object that is not the workload of the catalog', () => {
      const { chart, delivery } = delivered();
      const metadata = { name: 'web', namespace: 'default' };
      const other = new kplus.DaemonSet(chart, 'other', { metadata, containers });
      const before = JSON.stringify(synthesize(chart));
      expect(
        problemsOf(() => {
          delivery.secretOf('shop-web').wire(ApiObject.of(other));
        }),
      ).toEqual([
        'the kind is not that of workload "shop-web" in the catalog: "DaemonSet"',
        'the name is not that of workload "shop-web" in the catalog: "web"',
        'the namespace is not that of workload "shop-web" in the catalog: "default"',
      ]);
      const nowhere = new ApiObject(chart, 'nowhere', manifest({}, { namespace: undefined }));
      expect(
        problemsOf(() => {
          delivery.secretOf('shop-web').wire(nowhere);
        }),
      ).toEqual(['the namespace is not that of workload "shop-web" in the catalog: no namespace']);
      chart.node.tryRemoveChild('nowhere');
      expect(JSON.stringify(synthesize(chart))).toBe(before);
    });

    it('fails for pods that are somebody else, or that could read Vault themselves', () => {
      const { chart, delivery } = delivered();
      const pod = { serviceAccountName: 'admin', automountServiceAccountToken: true };
      const deployment = new ApiObject(chart, 'web', manifest(pod));
      const before = JSON.stringify(deployment.toJson());
      expect(
        problemsOf(() => {
          delivery.secretOf('shop-web').wire(deployment);
        }),
      ).toEqual([
        'the pods run under another service account: "admin"',
        'the pods get a token of the service account, with which they could read Vault by themselves: automountServiceAccountToken: true',
      ]);
      expect(JSON.stringify(deployment.toJson())).toBe(before);
    });

    it("fails at synthesis for a variable that the container's own list hides, set before or after", () => {
      const { chart, delivery } = delivered();
      const deployment = plusDeployment(chart);
      delivery.secretOf('shop-web').wire(deployment);
      deployment.containers[0]?.env.addVariable('SESSION_KEY', kplus.EnvValue.fromValue('x'));
      expect(() => synthesize(chart)).toThrow(
        /\[test\] test\/web\/Resource: container "main" gets the same variable from two places, and one hides the other, got SESSION_KEY from Secret shop-web-secret and from the container itself/,
      );
    });
  });
});

/** The objects one by one, without the rules of the chart. */
function synthesizeAnyway(chart: Chart) {
  return chart.node
    .findAll()
    .filter((construct) => construct instanceof ApiObject)
    .map((object) => object.toJson() as ReturnType<typeof synthesize>[number]);
}
