import { configMapNotMade } from '../../../lib/check/repository/rules/configmap-not-made';
import { secretNotMade } from '../../../lib/check/repository/rules/secret-not-made';
import { found } from './support';

const pod = (namespace: string, container: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: backend, namespace: ${namespace} }
spec:
  containers:
    - name: backend
      ${container}
`;

const externalSecret = `
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: backend, namespace: shop }
spec: { target: { name: backend-secret } }
`;

describe('a Secret that is not made', () => {
  it('is found where it is named, with the nearest name that is made', () => {
    expect(found(secretNotMade, pod('shop', 'envFrom: [{ secretRef: { name: backend-secrets } }]') + externalSecret))
      .toMatchInlineSnapshot(`
      [
        "8: Pod shop/backend needs Secret shop/backend-secrets (variables), and nothing makes it; ExternalSecret shop/backend makes shop/backend-secret / did you mean backend-secret?",
      ]
    `);
  });

  it('is found once for a workload that names it twice', () => {
    const container = 'envFrom: [{ secretRef: { name: other } }, { secretRef: { name: other } }]';
    expect(found(secretNotMade, pod('shop', container))).toHaveLength(1);
  });

  it('is no fault where it may be missing', () => {
    expect(found(secretNotMade, pod('shop', 'envFrom: [{ secretRef: { name: other, optional: true } }]'))).toEqual([]);
  });

  it.each(['Secret', 'SealedSecret', 'KafkaUser'])('is no fault where a %s of that name is there', (kind) => {
    const maker = `---\napiVersion: any/v1\nkind: ${kind}\nmetadata: { name: other, namespace: shop }\n`;
    expect(found(secretNotMade, pod('shop', 'envFrom: [{ secretRef: { name: other } }]') + maker)).toEqual([]);
  });
});

describe('a ConfigMap that is not made', () => {
  it('is found where it is named', () => {
    expect(found(configMapNotMade, pod('shop', 'envFrom: [{ configMapRef: { name: settings } }]')))
      .toMatchInlineSnapshot(`
      [
        "8: Pod shop/backend needs ConfigMap shop/settings (variables), and nothing makes it / correct the name, or add the ConfigMap or a configMapGenerator that makes ConfigMap shop/settings; if it may be missing, write optional: true",
      ]
    `);
  });

  it('is no fault where every namespace has it', () => {
    expect(found(configMapNotMade, pod('shop', 'envFrom: [{ configMapRef: { name: kube-root-ca.crt } }]'))).toEqual([]);
  });
});
