import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCharts } from '../../../../lib/check/repository/rendering/charts';
import { inProject } from '../../../support/local-project';
import { describeObjects, renderWith } from './support';

const chart = 'apiVersion: v2\nname: shop\nversion: 0.1.0\n';
const secret = `{{- if .Values.enabled }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-secret
  namespace: {{ .Values.namespace | quote }}
{{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  LEVEL: info
`;

const render = renderWith.bind(undefined, 'helm', renderCharts);

test('a chart is rendered with its values and with each file of values beside it, each a place of its own', async () => {
  const rendered = await render({
    'deploy/shop/Chart.yaml': chart,
    'deploy/shop/values.yaml': 'enabled: true\nnamespace: shop\n',
    'deploy/shop/values-prod.yaml': 'namespace: shop-production\n',
    'deploy/shop/values.eu.yaml': 'enabled: false\n',
    'deploy/shop/templates/secret.yaml': secret,
    'deploy/other.yaml': 'kind: Other\n',
  });

  expect(describeObjects(rendered)).toEqual([
    'default values: Secret shop/release-secret deploy/shop/templates/secret.yaml:5',
    'default values: ConfigMap -/settings deploy/shop/templates/secret.yaml:12',
    'production: Secret shop-production/release-secret deploy/shop/templates/secret.yaml:5',
    'production: ConfigMap -/settings deploy/shop/templates/secret.yaml:12',
    'eu: ConfigMap -/settings deploy/shop/templates/secret.yaml:12',
  ]);
  expect(rendered.unreadable).toEqual([]);
  expect([...rendered.parts].sort()).toEqual([
    'deploy/shop/Chart.yaml',
    'deploy/shop/templates/secret.yaml',
    'deploy/shop/values-prod.yaml',
    'deploy/shop/values.eu.yaml',
    'deploy/shop/values.yaml',
  ]);
});

test('a chart without other values belongs to every place, and a chart inside its charts/ is a part of it', async () => {
  const rendered = await render({
    'Chart.yaml': `${chart}dependencies: [{ name: inner, version: 0.1.0 }]\n`,
    'charts/inner/Chart.yaml': 'apiVersion: v2\nname: inner\nversion: 0.1.0\n',
    'charts/inner/templates/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: inner }\n',
    'k8s/plain.yaml': 'kind: Plain\n',
  });

  expect(describeObjects(rendered)).toEqual(['-: Secret -/inner charts/inner/templates/a.yaml:3']);
  expect(rendered.parts.has('k8s/plain.yaml')).toBe(false);
});

test('dependencies that would be fetched are named, and the rest is rendered', async () => {
  const rendered = await render({
    'Chart.yaml': `${chart}dependencies:\n  - { name: postgresql, version: 1.2.3, repository: "https://charts.invalid" }\n`,
    'templates/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: own }\n',
  });

  expect(describeObjects(rendered)).toEqual(['-: Secret -/own templates/a.yaml:3']);
  expect(rendered.notes.map(({ reason, fix }) => [reason, fix])).toEqual([
    [
      'dependencies of the chart are not in charts/ and are not fetched, so their objects are not checked: postgresql',
      'run "helm dependency build ."',
    ],
  ]);
});

test.each([
  [
    'a template that does not end',
    '{{ define "again" }}{{ include "again" . }}{{ end }}{{ include "again" . }}',
    /^helm does not render the chart: template: shop\/templates\/a.yaml:1/,
  ],
  ['a value that is required', '{{ required "name is needed" .Values.name }}', /name is needed$/],
  ['YAML that is none', 'a: [', /^helm does not render the chart: .*YAML/],
])('fails to render %s in the words of helm', async (_, template, reason) => {
  const { objects, unreadable } = await render({ 'shop/Chart.yaml': chart, 'shop/templates/a.yaml': template });

  expect(objects).toEqual([]);
  expect(unreadable).toEqual([
    {
      file: 'shop/Chart.yaml',
      line: 1,
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringContaining('helm template shop') as string,
    },
  ]);
  expect(unreadable[0]?.reason).not.toContain('\n');
});

test('fails to render a template that prints 50 MB, without taking it in', async () => {
  const line = `# ${'x'.repeat(98)}`;
  const { objects, unreadable } = await render({
    'Chart.yaml': chart,
    'templates/a.yaml': `{{ range until 500000 }}\n${line}\n{{ end }}`,
  });

  expect(objects).toEqual([]);
  expect(unreadable.map(({ reason }) => reason)).toEqual(['helm does not render the chart: it prints more than 8 MiB']);
});

test('fails to render a template that does not end in time', async () => {
  const nested = `${'{{ range until 100000 }}'.repeat(3)}{{ $_ := . }}${'{{ end }}'.repeat(3)}`;
  const { unreadable } = await render({ 'Chart.yaml': chart, 'templates/a.yaml': nested }, undefined, {
    output: 1024,
    milliseconds: 2_000,
  });

  expect(unreadable.map(({ reason }) => reason)).toEqual(['helm does not render the chart: it was not done after 2 s']);
});

test('links are not followed, be they loops or ways out', async () => {
  const rendered = await render(
    { 'shop/Chart.yaml': chart, 'shop/templates/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: own }\n' },
    (project) => {
      symlinkSync('/etc', join(project.root, 'shop/templates/etc'));
      symlinkSync('..', join(project.root, 'shop/templates/loop'));
    },
  );

  expect(describeObjects(rendered)).toEqual(['-: Secret -/own shop/templates/a.yaml:3']);
  expect(rendered.notes.map(({ reason }) => reason)).toEqual([
    'links in the chart are not followed: templates/etc, templates/loop',
  ]);
});

test('bytes and names that are no UTF-8 end nothing', async () => {
  const rendered = await render(
    { 'Chart.yaml': chart, 'templates/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: own }\n' },
    (project) => {
      writeFileSync(join(project.root, 'blob.bin'), Buffer.from([0xff, 0xfe, 0x41]));
      writeFileSync(Buffer.concat([Buffer.from(join(project.root, 'templates/')), Buffer.from([0xff, 0x2e])]), 'x');
    },
  );

  expect(describeObjects(rendered)).toEqual(['-: Secret -/own templates/a.yaml:3']);
  expect(rendered.unreadable).toEqual([]);
});

test('huge values are read by helm, not by this process', async () => {
  const values = `enabled: true\nnamespace: shop\nlist:\n${'  - some text that is long enough\n'.repeat(100_000)}`;
  const rendered = await render({ 'Chart.yaml': chart, 'values.yaml': values, 'templates/a.yaml': secret });

  expect(describeObjects(rendered)).toHaveLength(2);
});

test('without helm, the charts are named that are not checked', async () => {
  const files = { 'shop/Chart.yaml': chart, 'shop/templates/a.yaml': secret };
  const nowhere = { missing: 'there is no helm', fix: 'install it' };
  const rendered = await inProject(
    files,
    async (project) => await renderCharts(project.root, project.files(), async () => await Promise.resolve(nowhere)),
  );

  expect(rendered.notes).toEqual([
    {
      file: 'shop/Chart.yaml',
      line: 1,
      reason: 'there is no helm, so the chart is not rendered, and not checked are shop/templates/a.yaml',
      fix: 'install it',
    },
  ]);
  expect(rendered.parts.has('shop/templates/a.yaml')).toBe(true);
});

test('without a chart, nobody looks for helm', async () => {
  const nobody = (): never => {
    throw new Error('nobody asked for helm');
  };
  const rendered = await inProject(
    { 'a.yaml': '' },
    async (project) => await renderCharts(project.root, project.files(), nobody),
  );

  expect(rendered.objects).toEqual([]);
});
