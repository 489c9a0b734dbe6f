import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { SealedDelivery } from '../../lib/kubernetes/sealed-delivery';
import { sealEnvironment, type SealedEnvironment } from '../../lib/sealing/seal-environment';
import { type CommittedFile, readSealedFolder, sealedPath, writeSealedFiles } from '../../lib/sealing/sealed-folder';
import { SecretValue } from '../../lib/values/secret-value';
import { edge, makeKeyPair } from '../sealing/support';
import { ManifestValidator, newestDefinitions, pinnedDefinitions } from '../support/kubernetes-schemas';
import { namesOf, objectOf, synthesize, testChart } from '../support/objects';

describe('SealedDelivery', () => {
  let environment: SealedEnvironment;
  let committed: ReadonlyMap<string, CommittedFile>;

  beforeAll(async () => {
    environment = edge((await makeKeyPair()).certificate, 'namespace-wide');
    const given = new Map([['shop/server.mail_key', new SecretValue('pin-1234')]]);
    const { workloads } = sealEnvironment(environment, { committed: new Map(), given, generate: true });
    committed = new Map(
      [...workloads].map(([workload, { file }]) => [
        workload,
        { path: sealedPath('edge', workload), file, problems: [] },
      ]),
    );
  });

  it('makes a service account and a SealedSecret for each workload', () => {
    const chart = testChart();
    new SealedDelivery(chart, 'Delivery', { environment, committed });
    expect(namesOf(synthesize(chart))).toEqual([
      'ServiceAccount shop/shop-server',
      'SealedSecret shop/shop-server-secret',
      'ServiceAccount shop/shop-backup',
      'SealedSecret shop/shop-backup-secret',
    ]);
  });

  it('takes the scope of object and template from one value, and nothing of the bookkeeping', () => {
    const chart = testChart();
    new SealedDelivery(chart, 'Delivery', { environment, committed });
    const object = objectOf(synthesize(chart), 'SealedSecret', 'shop-backup-secret');
    const text = JSON.stringify(object, (key, value: unknown) => (key.startsWith('POSTGRES_') ? 'sealed' : value), 2);
    expect(text).toMatchInlineSnapshot(`
     "{
       "apiVersion": "bitnami.com/v1alpha1",
       "kind": "SealedSecret",
       "metadata": {
         "annotations": {
           "pulumi.com/waitFor": "condition=Synced",
           "sealedsecrets.bitnami.com/namespace-wide": "true"
         },
         "name": "shop-backup-secret",
         "namespace": "shop"
       },
       "spec": {
         "encryptedData": {
           "POSTGRES_PASSWORD": "sealed",
           "POSTGRES_USER": "sealed"
         },
         "template": {
           "metadata": {
             "annotations": {
               "sealedsecrets.bitnami.com/namespace-wide": "true"
             },
             "name": "shop-backup-secret",
             "namespace": "shop"
           },
           "type": "Opaque"
         }
       }
     }"
    `);
  });

  it('is valid for the pinned definition and the newest one, to the last field', () => {
    const chart = testChart();
    new SealedDelivery(chart, 'Delivery', { environment, committed });
    for (const definitions of [pinnedDefinitions(), newestDefinitions()]) {
      const validator = new ManifestValidator(definitions);
      expect(synthesize(chart).flatMap((object) => validator.problemsOf(object))).toEqual([]);
    }
  }, 60_000);

  it('wires the Secret as an ExternalSecret is wired', () => {
    const chart = testChart();
    const delivery = new SealedDelivery(chart, 'Delivery', { environment, committed });
    const deployment = new kplus.Deployment(chart, 'Server', {
      metadata: { name: 'shop-server', namespace: 'shop' },
      containers: [{ image: 'shop' }],
    });
    delivery.secretOf('shop-server').wire(deployment);
    const { spec } = objectOf(synthesize(chart), 'Deployment', 'shop-server') as unknown as {
      spec: { template: { spec: { serviceAccountName: string; containers: { envFrom: unknown }[] } } };
    };
    expect(spec.template.spec.serviceAccountName).toBe('shop-server');
    expect(spec.template.spec.containers[0]?.envFrom).toEqual([{ secretRef: { name: 'shop-server-secret' } }]);
  });

  it('fails for a Secret with two owners', () => {
    const chart = testChart();
    new SealedDelivery(chart, 'Delivery', { environment, committed });
    new ApiObject(chart, 'Other', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'by-hand', namespace: 'shop' },
      spec: { target: { name: 'shop-server-secret' } },
    });
    expect(() => synthesize(chart)).toThrow(
      /a Secret has more than one owner, got Secret shop\/shop-server-secret of SealedSecret shop-server-secret and ExternalSecret by-hand/,
    );
  });

  it('fails with everything that is wrong with the committed files', () => {
    const partly = new Map([...committed].filter(([workload]) => workload === 'shop-backup'));
    const file = committed.get('shop-backup')?.file;
    const renamed = file && { ...file, namespace: 'jobs' };
    const wrong = partly.set('shop-backup', { path: 'f.yaml', problems: [], ...(renamed ? { file: renamed } : {}) });
    let message = '';
    try {
      new SealedDelivery(testChart(), 'Delivery', { environment, committed: wrong });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('sealed values of environment "edge" has 2 problems');
    expect(message).toContain('shop-server.yaml: no value of the workload is sealed');
    expect(message).toContain('f.yaml: the sealed values belong to another Secret');
  });

  it('reads what seal committed in the project', async () => {
    const root = mkdtempSync(join(tmpdir(), 'sealed-delivery-'));
    const before = process.cwd();
    try {
      const files = new Map(
        [...committed].flatMap(([workload, { file }]) => (file ? [[workload, file] as const] : [])),
      );
      await writeSealedFiles(root, 'edge', files);
      process.chdir(root);
      const chart = testChart();
      const delivery = new SealedDelivery(chart, 'Delivery', { environment });
      expect(delivery.secrets.map(({ name }) => name)).toEqual(['shop-server-secret', 'shop-backup-secret']);
      expect(readSealedFolder(root, 'edge').get('shop-server')?.file).toEqual(committed.get('shop-server')?.file);
    } finally {
      process.chdir(before);
      rmSync(root, { recursive: true });
    }
  });
});
