import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../../../../lib/check/repository/rendering/find-renderer';
import { installPackage } from '../../../support/compiled-package';
import { LocalProject } from '../../../support/local-project';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\n';
const files = {
  'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'shop/values.yaml': 'a: 1\n',
  ...Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`shop/templates/${index}.yaml`, secret])),
  'k8s/base/kustomization.yaml': 'resources: [a.yaml]\n',
  'k8s/base/a.yaml': secret,
  'k8s/overlays/eu/kustomization.yaml': 'resources: [../../base]\n',
};

let project: LocalProject;
let elsewhere: LocalProject;

beforeAll(() => {
  elsewhere = LocalProject.with({});
  mkdirSync(join(elsewhere.root, 'bin'));
  installPackage(elsewhere.root);
});

beforeEach(() => {
  project = LocalProject.with(files);
});

afterEach(() => {
  project.dispose();
});

afterAll(() => {
  elsewhere.dispose();
});

/** Runs the package as users have it installed, with nothing on PATH. */
function check(variables: Readonly<Record<string, string>> = {}, ...options: string[]): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(elsewhere.root, 'node_modules/nivesh-secrets/build/lib/cli/main.js'), 'check', ...options],
    {
      cwd: project.root,
      encoding: 'utf8',
      env: {
        PATH: join(elsewhere.root, 'bin'),
        HOME: elsewhere.root,
        NIVESH_SECRETS_CACHE: join(elsewhere.root, 'cache'),
        ...variables,
      },
    },
  );
  expect(status).toBe(0);
  return stdout;
}

test('without helm and kubectl an installed package says so, which files are not rendered, and how to go on', () => {
  expect(check()).toMatchInlineSnapshot(`
   "note: shop/Chart.yaml:1: there is no helm on PATH, so the chart is not rendered, and not checked are shop/templates/0.yaml, shop/templates/1.yaml, shop/templates/2.yaml, shop/templates/3.yaml, shop/templates/4.yaml, 2 more
     fix: install helm (https://helm.sh/docs/intro/install/), or set NIVESH_SECRETS_HELM to its path, and check again
   note: k8s/overlays/eu/kustomization.yaml:1: there is no kubectl on PATH, so k8s/overlays/eu/kustomization.yaml, k8s/base/kustomization.yaml are not rendered, and resources are checked as they are, without patches, generators and prefixes
     fix: install kubectl (https://kubernetes.io/docs/tasks/tools/), or set NIVESH_SECRETS_KUBECTL to its path, and check again
   fine: .
   "
  `);
});

test('says the same in JSON, for each chart and kustomization', () => {
  const { notes } = JSON.parse(check({}, '--json')) as { notes: { file: string; line: number; fix: string }[] };
  expect(notes.map(({ file, line }) => `${file}:${line}`)).toEqual([
    'shop/Chart.yaml:1',
    'k8s/overlays/eu/kustomization.yaml:1',
  ]);
  expect(notes.map(({ fix }) => fix)).toEqual([
    expect.stringContaining('install helm'),
    expect.stringContaining('install kubectl'),
  ]);
});

test('a variable that names no program is named', () => {
  expect(check({ NIVESH_SECRETS_HELM: '/none/helm' })).toContain(
    'NIVESH_SECRETS_HELM names /none/helm, which is no executable file, so the chart is not rendered',
  );
});

test('of many files the first are named', () => {
  expect([listFiles(['a', 'b']), listFiles(['a', 'b', 'c', 'd', 'e', 'f', 'g'])]).toEqual([
    'a, b',
    'a, b, c, d, e, 2 more',
  ]);
});
