import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { environments } from '../../environments';
import type { Manifest } from '../../lib/kubernetes';
import { isDeliveredInCluster } from '../../lib/kubernetes';
import { niveshObjects } from '../../stacks/workloads';
import { expectFolderToMatchSnapshot, readFolder } from '../support/folder-snapshot';
import { ManifestValidator, newestDefinitions, pinnedDefinitions, withDefaults } from '../support/kubernetes-schemas';
import { namesOf } from '../support/objects';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
const [first, second] = [join(folder, 'first'), join(folder, 'second')];

beforeAll(() => {
  // Once as users do it, and once more in another process.
  const bin = join(root, 'node_modules/.bin');
  execFileSync(join(bin, 'cdk8s'), ['synth', '--check-upgrade=false', '--output', first], { cwd: root, stdio: 'pipe' });
  const env = { ...process.env, CDK8S_OUTDIR: second };
  execFileSync(join(bin, 'tsx'), ['stacks/manifests.ts'], { cwd: root, env, stdio: 'pipe' });
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Of the operators that the embedded platform runs, and of their newest releases. */
const definitions = { pinned: pinnedDefinitions(), newest: newestDefinitions() };
const validators = {
  pinned: new ManifestValidator(definitions.pinned),
  newest: new ManifestValidator(definitions.newest),
};

const inCluster = environments.filter(isDeliveredInCluster);

it('cdk8s synth writes the same bytes every time', () => {
  expect(Object.keys(readFolder(first)).length).toBeGreaterThan(inCluster.length * 7);
  expect(readFolder(second)).toEqual(readFolder(first));
});

it('cdk8s synth writes one folder for each environment that is delivered in a cluster', () => {
  const folders = new Set(Object.keys(readFolder(first)).map((path) => path.split('/')[0]));
  expect([...folders].sort()).toEqual(['production', 'staging']);
});

describe.each(inCluster.map((environment) => [environment.name, environment] as const))('%s', (name, environment) => {
  it('is as reviewed', () => {
    expectFolderToMatchSnapshot(join(first, name), name);
  });

  it('has the same objects on disk as those that are applied', () => {
    const written = Object.values(readFolder(join(first, name))).map((text) => parse(text) as Manifest);
    const applied = niveshObjects(environment);
    const byName = (a: string, b: string): number => (a < b ? -1 : 1);
    expect(namesOf(written).sort(byName)).toEqual(namesOf(applied as Manifest[]).sort(byName));
    expect(written).toEqual(expect.arrayContaining(JSON.parse(JSON.stringify(applied)) as Manifest[]));
  });

  it.each(['pinned', 'newest'] as const)(
    'has only objects that the %s schemas know to the last field',
    (release) => {
      expect(niveshObjects(environment).flatMap((object) => validators[release].problemsOf(object))).toEqual([]);
    },
    60_000,
  );

  it.each(['pinned', 'newest'] as const)(
    'leaves the API server no default to fill in, with the %s schemas',
    (release) => {
      const custom = (niveshObjects(environment) as Manifest[]).filter(
        ({ apiVersion }) => apiVersion === 'external-secrets.io/v1',
      );
      expect(custom).toHaveLength(16);
      expect(custom.map((object) => withDefaults(object, definitions[release]))).toEqual(custom);
    },
  );

  it('applies namespaces first and workloads last', () => {
    const kinds = niveshObjects(environment).map(({ kind }) => kind);
    const workloads = ['Deployment', 'CronJob'];
    expect(kinds[0]).toBe('Namespace');
    expect(
      kinds.slice(kinds.findIndex((kind) => workloads.includes(kind))).every((kind) => workloads.includes(kind)),
    ).toBe(true);
  });

  it('has no Secret and no value', () => {
    const kinds = niveshObjects(environment).map(({ kind }) => kind);
    expect(kinds).not.toContain('Secret');
  });
});

describe('the schemas', () => {
  const [environment] = inCluster;
  const objects = environment ? niveshObjects(environment) : [];

  /** The object with one field under another name. */
  function misspelt(kind: string, path: readonly string[]): Manifest {
    const object = JSON.parse(JSON.stringify(objects.find((candidate) => candidate.kind === kind))) as Manifest;
    const owner = path
      .slice(0, -1)
      .reduce<Record<string, unknown>>(
        (node, step) => node[step] as Record<string, unknown>,
        object as unknown as Record<string, unknown>,
      );
    const field = path.at(-1) ?? '';
    expect(owner).toHaveProperty([field]);
    owner[`${field}s`] = owner[field];
    return object;
  }

  it.each([
    ['ClusterSecretStore', 'spec.provider.vault.caProvider'],
    ['ClusterSecretStore', 'spec.conditions.0.namespaces'],
    ['ExternalSecret', 'spec.target.deletionPolicy'],
    ['ExternalSecret', 'spec.dataFrom.0.rewrite'],
    ['ExternalSecret', 'metadata.annotations'],
    ['Deployment', 'spec.template.spec.containers.0.envFrom'],
    ['Deployment', 'spec.template.spec.serviceAccountName'],
    ['CronJob', 'spec.jobTemplate.spec.template.spec.containers.0.securityContext.runAsUser'],
    ['Role', 'rules.0.resourceNames'],
    ['ServiceAccount', 'automountServiceAccountToken'],
  ])('fail for %s with a misspelt %s', (kind, path) => {
    expect(validators.pinned.problemsOf(misspelt(kind, path.split('.')))).toEqual([
      expect.stringMatching(/must NOT have additional properties/),
    ]);
  });

  it('fail for a wrong type, an unknown value and an unknown kind', () => {
    const [object] = objects.filter(({ kind }) => kind === 'ExternalSecret');
    const spec = object?.spec as Record<string, unknown>;
    const withSpec = (more: object): Manifest => ({ ...(object as Manifest), spec: { ...spec, ...more } });
    expect(validators.pinned.problemsOf(withSpec({ refreshInterval: 60 }))).toEqual([
      expect.stringMatching(/must be string/),
    ]);
    expect(validators.pinned.problemsOf(withSpec({ refreshPolicy: 'Always' }))).toHaveLength(1);
    expect(
      validators.pinned.problemsOf({ ...(object as Manifest), apiVersion: 'external-secrets.io/v1beta2' }),
    ).toEqual([expect.stringMatching(/no kind external-secrets.io\/v1beta2 ExternalSecret is known/)]);
  });
});
