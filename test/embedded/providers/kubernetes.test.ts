import { readFileSync } from 'node:fs';
import { KubernetesProvider } from '../../../lib/embedded/providers/kubernetes';

describe('the kubernetes stand-in', () => {
  it('has the version of the SDK', () => {
    const manifest = JSON.parse(readFileSync(require.resolve('@pulumi/kubernetes/package.json'), 'utf8')) as {
      version: string;
    };
    expect(new KubernetesProvider().version).toBe(manifest.version);
  });

  it.each([
    ['kubernetes:core/v1:ConfigMap', 'v1'],
    ['kubernetes:external-secrets.io/v1:ExternalSecret', 'external-secrets.io/v1'],
    ['kubernetes:admissionregistration.k8s.io/v1beta1:MutatingAdmissionPolicy', 'admissionregistration.k8s.io/v1beta1'],
  ])('carries %s as an object of %s', async (type, apiVersion) => {
    const kind = type.split(':')[2] ?? '';
    const resource = new KubernetesProvider().resource(type);
    const checked = await resource.check({ apiVersion, kind, metadata: { name: 'x' } });
    expect(checked.failures).toEqual([]);
  });

  it.each([
    ['kubernetes:helm.sh/v3:Release', 'Name the operator among those that are installed already'],
    ['kubernetes:helm.sh/v4:Chart', 'Name the operator among those that are installed already'],
    ['kubernetes:yaml/v2:ConfigGroup', 'Declare the objects one by one'],
    ['kubernetes:core/v1:ConfigMapPatch', 'Declare the objects one by one'],
    ['kubernetes:core/v1:ConfigMapList', 'Declare the objects one by one'],
    ['kubernetes:v1:ConfigMap', 'Declare the objects one by one'],
    ['vault:index/mount:Mount', 'Declare the objects one by one'],
  ])('fails on %s, and says what it carries', (type, fix) => {
    expect(() => new KubernetesProvider().resource(type)).toThrow(
      `the stand-in for the kubernetes provider does not carry ${type}; it carries plain objects, ` +
        `kubernetes:<group>/<version>:<Kind>. ${fix}`,
    );
  });

  it('fails in every operation that needs the cluster while it is not configured', async () => {
    const resource = new KubernetesProvider().resource('kubernetes:core/v1:ConfigMap');
    await expect(resource.read({ id: 'a/b', state: {}, inputs: {} })).rejects.toThrow(
      'the kubernetes provider has no cluster yet',
    );
  });
});
