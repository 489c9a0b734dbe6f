import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { renderKustomizations } from '../../../../lib/check/repository/rendering/kustomizations';
import { describeObjects, renderWith } from './support';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: backend
spec:
  selector: { matchLabels: { app: backend } }
  template:
    metadata: { labels: { app: backend } }
    spec:
      containers:
        - name: backend
          image: backend
          envFrom:
            - secretRef: { name: app-secret }
`;

const render = renderWith.bind(undefined, 'kubectl', renderKustomizations);

test('each overlay is rendered once, and what it includes only as a part of it', async () => {
  const rendered = await render({
    'base/kustomization.yaml': `resources: [deployment.yaml]
secretGenerator:
  - name: other
    literals: [A=a]
  - name: app-secret
    literals: [B=b]
`,
    'base/deployment.yaml': `# The backend\n---\n${deployment}`,
    'overlays/staging/kustomization.yaml': 'namespace: shop-staging\nnamePrefix: stg-\nresources: [../../base]\n',
    'overlays/prod/kustomization.yaml': 'namespace: shop\nresources: [../../base]\npatches: [{ path: patch.yaml }]\n',
    'overlays/prod/patch.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: backend }\nspec: { replicas: 3 }\n',
    'plain.yaml': deployment,
  });

  expect(describeObjects(rendered)).toEqual([
    'production: Secret shop/app-secret base/kustomization.yaml:5',
    'production: Secret shop/other base/kustomization.yaml:3',
    'production: Deployment shop/backend base/deployment.yaml:6',
    'staging: Secret shop-staging/stg-app-secret base/kustomization.yaml:5',
    'staging: Secret shop-staging/stg-other base/kustomization.yaml:3',
    'staging: Deployment shop-staging/stg-backend base/deployment.yaml:6',
  ]);
  expect(JSON.stringify(rendered.objects[5]?.manifest)).toContain('"secretRef":{"name":"stg-app-secret"}');
  expect(rendered.objects[2]?.locate(['spec', 'template', 'spec', 'containers', 0, 'envFrom', 0])).toEqual({
    file: 'base/deployment.yaml',
    line: 16,
  });
  expect(rendered.objects.map(({ manifest }) => manifest.metadata.annotations)).toEqual(Array(6).fill({}));
  expect([...rendered.parts].filter((path) => path.endsWith('.yaml')).sort()).toEqual([
    'base/deployment.yaml',
    'base/kustomization.yaml',
    'overlays/prod/kustomization.yaml',
    'overlays/prod/patch.yaml',
    'overlays/staging/kustomization.yaml',
  ]);
});

test('a kustomization that does not render says why, and its resources stay plain manifests', async () => {
  const rendered = await render({
    'k8s/kustomization.yaml': 'resources: [deployment.yaml, nowhere.yaml]\npatches: [{ path: patch.yaml }]\n',
    'k8s/deployment.yaml': deployment,
    'k8s/patch.yaml': 'kind: Deployment\n',
  });

  expect(rendered.objects).toEqual([]);
  expect(rendered.unreadable).toEqual([
    {
      file: 'k8s/kustomization.yaml',
      line: 1,
      reason: expect.stringMatching(/^kubectl does not render the kustomization: .*nowhere\.yaml/) as string,
      fix: 'correct it; see it with "kubectl kustomize k8s"',
    },
  ]);
  expect([...rendered.parts]).toEqual(['k8s/patch.yaml']);
});

test.each([
  'https://example.invalid/a.yaml',
  'github.com/owner/repository//deploy?ref=v1',
  'git@example.invalid:owner/repository.git',
])('nothing is fetched: %s', async (resource) => {
  const { unreadable } = await render({ 'kustomization.yaml': `resources: ['${resource}']\n` });

  expect(unreadable.map(({ reason }) => reason)).toEqual([
    `kubectl does not render the kustomization: it names what would have to be fetched: ${resource}`,
  ]);
});

test('fails for kustomizations that include each other, and for a way out of the folder', async () => {
  const loop = await render({
    'start/kustomization.yaml': 'resources: [../a]\n',
    'a/kustomization.yaml': 'resources: [../b]\n',
    'b/kustomization.yaml': 'resources: [../a]\n',
  });
  expect(loop.unreadable.map(({ reason }) => reason)).toEqual([expect.stringContaining('cycle')]);

  const out = await render({ 'kustomization.yaml': 'resources: [etc]\n' }, (project) => {
    symlinkSync('/etc', join(project.root, 'etc'));
  });
  expect(out.unreadable.map(({ reason }) => reason)).toEqual([
    'kubectl does not render the kustomization: it names what lies outside of the checked folder: etc',
  ]);
});

test("Flux's Kustomization is an object and no kustomization", async () => {
  const rendered = await render({
    'kustomization.yaml': 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: apps }\n',
  });

  expect(rendered).toEqual({ objects: [], parts: new Set(), unreadable: [], notes: [] });
});
