import { inspectRepository } from '../../../../lib/check/repository/inspect';
import { inProject } from '../../../support/local-project';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: backend }
spec:
  selector: { matchLabels: { app: backend } }
  template:
    metadata: { labels: { app: backend } }
    spec:
      containers:
        - name: backend
          image: backend
          envFrom:
            - secretRef:
                name: app-secrets
`;

async function find(files: Readonly<Record<string, string>>): Promise<string[]> {
  const { findings, notes } = await inProject(files, async ({ root }) => await inspectRepository(root));
  expect(notes).toEqual([]);
  return findings.map(({ rule, location: { file, line } }) => `${rule} ${file}:${line ?? 0}`);
}

test('a fault in a template is found once at its line, whatever values it is rendered with', async () => {
  expect(
    await find({
      'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
      'shop/values-staging.yaml': 'replicas: 2\n',
      'shop/values-prod.yaml': 'replicas: 3\n',
      'shop/templates/deployment.yaml': deployment.replace('name: backend }', 'name: {{ .Chart.Name }} }'),
    }),
  ).toEqual(['secret-not-made shop/templates/deployment.yaml:14']);
});

test('a manifest that a kustomization includes is checked in its rendered form only', async () => {
  const files = {
    'k8s/kustomization.yaml': `resources: [deployment.yaml]
secretGenerator:
  - name: app-secrets
    files: [token]
`,
    'k8s/token': 'x',
    'k8s/deployment.yaml': deployment,
  };
  expect(await find(files)).toEqual([]);
  expect(await find({ ...files, 'k8s/kustomization.yaml': 'resources: [deployment.yaml]\nnamePrefix: a-\n' })).toEqual([
    'secret-not-made k8s/deployment.yaml:14',
  ]);
});
