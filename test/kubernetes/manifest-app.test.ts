import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { enforceObjectRules, fileNames, type Manifest, ManifestApp } from '../../lib/kubernetes';

function configMap(name: string, namespace?: string): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

describe('fileNames', () => {
  it('are kind and name, with the namespace where it makes a difference', () => {
    const objects = [configMap('a', 'one'), configMap('a', 'two'), configMap('b', 'one')];
    expect([...fileNames(objects).keys()]).toEqual(['ConfigMap.one.a', 'ConfigMap.two.a', 'ConfigMap.b']);
  });

  it('lose no object, and go with every file system', () => {
    const objects = [configMap('system:auth'), configMap('systemauth'), configMap('system%3Aauth')];
    expect([...fileNames(objects).keys()]).toEqual([
      'ConfigMap.system%3Aauth',
      'ConfigMap.systemauth',
      'ConfigMap.system%253Aauth',
    ]);
  });
});

describe('ManifestApp', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manifest-app-'));
  const { CDK8S_OUTDIR } = process.env;

  beforeEach(() => {
    process.env.CDK8S_OUTDIR = folder;
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
    if (CDK8S_OUTDIR === undefined) {
      delete process.env.CDK8S_OUTDIR;
    } else {
      process.env.CDK8S_OUTDIR = CDK8S_OUTDIR;
    }
  });

  it('writes a folder a chart and a file an object, where the cdk8s command looks for them', () => {
    const app = new ManifestApp();
    for (const name of ['one', 'two']) {
      const chart = new Chart(app, name);
      new ApiObject(chart, 'a', configMap('a', 'n'));
      new ApiObject(chart, 'b', configMap('a', 'm'));
    }
    app.synth();
    expect((readdirSync(folder, { recursive: true }) as string[]).sort()).toEqual([
      'one',
      'one/ConfigMap.m.a.k8s.yaml',
      'one/ConfigMap.n.a.k8s.yaml',
      'two',
      'two/ConfigMap.m.a.k8s.yaml',
      'two/ConfigMap.n.a.k8s.yaml',
    ]);
    expect(readFileSync(join(folder, 'one/ConfigMap.m.a.k8s.yaml'), 'utf8')).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: m\n',
    );
  });

  it('validates once and writes an object out once, for its rules and its file, however many charts there are', () => {
    const app = new ManifestApp();
    const calls: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      const chart = new Chart(app, name);
      enforceObjectRules(chart);
      chart.node.addValidation({
        validate: () => {
          calls.push(`validate ${name}`);
          return [];
        },
      });
      const object = new ApiObject(chart, 'a', configMap(name));
      const toJson = object.toJson.bind(object);
      object.toJson = () => {
        calls.push(`write ${name}`);
        return toJson() as Manifest;
      };
    }
    app.synth();
    expect(calls.sort()).toEqual([
      'validate one',
      'validate three',
      'validate two',
      'write one',
      'write three',
      'write two',
    ]);
  });

  it('sees what was changed between two syntheses', () => {
    const app = new ManifestApp();
    const object = new ApiObject(new Chart(app, 'one'), 'a', configMap('a'));
    const written = (): string => {
      app.synth();
      return readFileSync(join(folder, 'one/ConfigMap.a.k8s.yaml'), 'utf8');
    };
    expect(written()).not.toContain('changed');
    object.metadata.addLabel('state', 'changed');
    expect(written()).toContain('state: changed');
  });

  it('writes nothing if a chart is not valid', () => {
    const app = new ManifestApp();
    const chart = new Chart(app, 'invalid');
    chart.node.addValidation({ validate: () => ['no'] });
    expect(() => {
      app.synth();
    }).toThrow('[invalid] no');
    expect(readdirSync(folder)).not.toContain('invalid');
  });
});
