import { LocalProject } from '../support/local-project';
import { runCommand } from '../support/command-line';

const manifests = `apiVersion: apps/v1
kind: Deployment
metadata: { name: backend, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: backend, envFrom: [{ secretRef: { name: backend } }] }]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: backend, namespace: shop }
spec: { data: [{ secretKey: JWT_SECRET, remoteRef: { key: shop/backend, property: jwt_secret } }] }
`;

let project: LocalProject;

afterEach(() => {
  project.dispose();
});

test('a draft is printed, or written where no file is yet', async () => {
  project = LocalProject.with({ 'k8s.yaml': manifests });

  const printed = await runCommand(['check', project.root, '--import']);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(printed.stdout).toContain('JWT_SECRET: backend.jwt_secret,');

  const written = await runCommand(['check', '--import', '--output', 'environments/index.ts'], { cwd: project.root });
  expect(written).toEqual({
    code: 0,
    stdout: 'wrote environments/index.ts: 1 workload, 1 secret; read its comments before you use it\n',
    stderr: '',
  });
  expect(project.read('environments/index.ts')).toBe(printed.stdout);
});

test('Compose files alone are drafted from, and what cannot be read of them is said', async () => {
  project = LocalProject.with({
    'compose.yaml': 'services: { web: { environment: { DB_PASSWORD: "${DB_PASSWORD:?}" } } }\n',
    'tools/compose.yaml': 'services: { web: [\n',
  });

  const { code, stdout, stderr } = await runCommand(['check', project.root, '--import']);
  expect(code).toBe(0);
  expect(stdout).toContain('DB_PASSWORD: web.db_password,');
  expect(stderr).toMatch(/^note: tools\/compose.yaml: not YAML: [a-z ]+\n$/);
});

test('fails to write over a file, which stays as it is', async () => {
  project = LocalProject.with({ 'k8s.yaml': manifests, 'catalog.ts': 'mine' });

  const { code, stderr } = await runCommand(['check', '--import', '--output', 'catalog.ts'], { cwd: project.root });
  expect(code).toBe(2);
  expect(stderr).toBe('error: catalog.ts exists already\nfix: name another file with --output; nothing is replaced\n');
  expect(project.read('catalog.ts')).toBe('mine');
});

test('fails where there is nothing to import, and says what was looked for', async () => {
  project = LocalProject.with({ 'compose.yaml': 'services: {}\n' });

  const { code, stdout, stderr } = await runCommand(['check', project.root, '--import']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('0 Kubernetes objects, and no Deployment, StatefulSet or CronJob among them');
  expect(stderr).toContain('0 Compose services, and none with such a variable');
});

test('fails for options that do not go together', async () => {
  project = LocalProject.with({});
  for (const options of [
    ['--output', 'catalog.ts'],
    ['--import', '--json'],
  ]) {
    const { code, stderr } = await runCommand(['check', project.root, ...options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--output goes with --import|cannot be used with/);
  }
  expect(project.files()).toEqual(['.gitignore']);
});
