import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { inspectRepository } from '../../../lib/check/repository/inspect';
import { readManifests } from '../../../lib/check/repository/manifests';
import { checkObjects } from '../../../lib/check/repository/rule';
import { objectRules } from '../../../lib/check/repository/rules';
import { type Sample, writeSample } from './sample';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: a, namespace: shop }\n';
const pod = `apiVersion: v1
kind: Pod
metadata: { name: a, namespace: shop }
spec: { containers: [{ name: a, envFrom: [{ secretRef: { name: other } }] }] }
`;

let folder = '';

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What is found and noted in a repository, as `rule or note file:line words`. */
async function inspect(sample: Sample, prepare: (folder: string) => void = () => undefined): Promise<string[]> {
  folder = writeSample(sample);
  prepare(folder);
  const { findings, notes } = await inspectRepository(folder);
  return [
    ...findings.map(({ rule, location, message }) => `${rule} ${location.file}:${location.line ?? 0} ${message}`),
    ...notes.map(({ file, reason }) => `note ${file} ${reason}`),
  ];
}

describe('reading a repository', () => {
  it('says where YAML is broken, and checks the other documents of the file', async () => {
    expect(await inspect({ 'a.yaml': `${secret}data: { a: [1\n---\n${pod}` })).toEqual([
      expect.stringContaining('unreadable-file a.yaml:5 not YAML'),
      expect.stringContaining('secret-not-made a.yaml:9'),
    ]);
  });

  it.each([
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(secret, 'utf16le')]), 'UTF-16 text'],
    ['Latin-1', Buffer.from(`${secret}# é`, 'latin1'), 'not UTF-8 text'],
    ['text with zero bytes', Buffer.from(`${secret}\0`), 'zero bytes'],
  ])('says that manifests are %s', async (_, bytes, words) => {
    const found = await inspect({}, (root) => {
      writeFileSync(join(root, 'a.yaml'), bytes);
    });
    expect(found).toEqual([expect.stringContaining(words)]);
  });

  it('says nothing about other files that are no text', async () => {
    const found = await inspect({}, (root) => {
      writeFileSync(join(root, 'data.json'), Buffer.from([0xff, 0xfe, 0, 0, 1]));
    });
    expect(found).toEqual([]);
  });

  it('does not read a file of 100 MB, and says so', async () => {
    const before = process.memoryUsage().rss;
    const found = await inspect({}, (root) => {
      writeFileSync(join(root, 'a.yaml'), '');
      truncateSync(join(root, 'a.yaml'), 100 * 1024 * 1024);
    });
    expect(found).toEqual(['note a.yaml the file has 100 MB, and nothing over 5 MB is read']);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  it('follows no link, neither around in a circle nor out of the tree', async () => {
    const found = await inspect({ 'k8s/a.yaml': secret }, (root) => {
      symlinkSync('..', join(root, 'k8s', 'circle'));
      symlinkSync('/etc', join(root, 'k8s', 'outside'));
      symlinkSync('/etc/hostname', join(root, 'k8s', 'b.yaml'));
    });
    expect(found).toEqual([]);
  });

  it('says that the name of a file is no UTF-8', async () => {
    const found = await inspect({}, (root) => {
      writeFileSync(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff]), Buffer.from('.yaml')]), secret);
    });
    expect(found).toEqual([expect.stringContaining('the name of the file is not UTF-8')]);
  });

  it('refuses aliases that grow without end', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const aliases = Array.from({ length: 9 }, () => `*a${level}`).join(', ');
      return `a${level + 1}: &a${level + 1} [${aliases}]`;
    });
    expect(await inspect({ 'a.yaml': `${secret}a0: &a0 [x]\n${levels.join('\n')}\n` })).toEqual([
      expect.stringContaining('unreadable-file a.yaml:0 the YAML cannot be read: excessive alias count'),
    ]);
  });

  it('resolves anchors and lists, and names the line of the part', async () => {
    const list = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: { name: a, namespace: shop }
    spec:
      containers:
        - name: a
          envFrom: &loaded
            - secretRef:
                name: other
        - { name: b, envFrom: *loaded }
`;
    expect(await inspect({ 'a.yaml': list })).toEqual([expect.stringContaining('secret-not-made a.yaml:12')]);
  });

  it('reads what git would take, and in a folder that git ignores everything', async () => {
    const sample = { '.gitignore': 'dist\n', 'a.yaml': pod, 'dist/b.yaml': pod, 'dist/node_modules/c.yaml': pod };
    expect(await inspect(sample)).toEqual([expect.stringContaining('a.yaml:4')]);
    const { findings } = await inspectRepository(join(folder, 'dist'));
    expect(findings.map(({ location }) => location.file)).toEqual(['b.yaml']);
  });

  it('reads a repository that lies inside, which git lists as a folder', async () => {
    const found = await inspect({ 'a.txt': '' }, (root) => {
      mkdirSync(join(root, 'inner'));
      writeFileSync(join(root, 'inner', 'a.yaml'), pod);
      expect(spawnSync('git', ['-C', join(root, 'inner'), 'init', '--quiet']).status).toBe(0);
    });
    expect(found).toEqual([expect.stringContaining('inner/a.yaml:4')]);
  });

  it('reads one file alone', async () => {
    folder = writeSample({ 'a.yaml': pod, 'b.yaml': pod });
    const { findings } = await inspectRepository(join(folder, 'a.yaml'));
    expect(findings.map(({ location }) => location.file)).toEqual(['a.yaml']);
  });

  it('fails where there is nothing', async () => {
    await expect(inspectRepository(join('/', 'no', 'such', 'folder'))).rejects.toThrow('cannot be read');
  });
});

describe('any bytes as YAML', () => {
  const kinds = [
    'Secret',
    'ConfigMap',
    'ExternalSecret',
    'SealedSecret',
    'ClusterSecretStore',
    'Deployment',
    'CronJob',
  ];

  it('stop nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...kinds), (text, kind) => {
        const { objects } = readManifests('a.yaml', `apiVersion: v1\nkind: ${kind}\nmetadata: { name: a }\n${text}`);
        expect(checkObjects(objectRules, objects)).toBeInstanceOf(Array);
      }),
    );
  });

  it('stop nothing as the parts of an object', () => {
    const keys = [
      ...['containers', 'env', 'envFrom', 'name', 'valueFrom', 'secretKeyRef', 'volumes', 'secret', 'items', 'key'],
      ...['data', 'template', 'metadata', 'annotations', 'target', 'provider', 'vault', 'auth', 'kubernetes', 'server'],
      ...['rules', 'subjects', 'roleRef', 'secretStoreRef', 'dataFrom', '__proto__', 'constructor', 'toString'],
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, true, 0, '', 'a', 'http://a', 'toString'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(...kinds, 'Role', 'Ingress', 'Kustomization', 'toString'), (spec, kind) => {
        const object = { apiVersion: 'external-secrets.io/v1', kind, metadata: { name: 'a' }, spec, data: spec };
        const { objects } = readManifests('a.json', JSON.stringify(object));
        expect(objects).toHaveLength(1);
        expect(checkObjects(objectRules, objects)).toBeInstanceOf(Array);
      }),
    );
  });
});
