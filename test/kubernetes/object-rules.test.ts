import fc from 'fast-check';
import { checkObjects, type Manifest, type ObjectRuleOptions, type PlacedManifest } from '../../lib/kubernetes';

function object(kind: string, name: string, more: object = {}, namespace: string | null = 'shop'): Manifest {
  return { apiVersion: 'v1', kind, metadata: { name, ...(namespace === null ? {} : { namespace }) }, ...more };
}

function deployment(container: object, pod: object = {}, name = 'web'): Manifest {
  return object('Deployment', name, {
    spec: { template: { spec: { containers: [{ name: 'main', ...container }], ...pod } } },
  });
}

function externalSecret(name: string, target: object = {}): Manifest {
  return object('ExternalSecret', name, { spec: { target } });
}

/** `path: what: got` of every problem; the paths are `0`, `1`, ... in the order of the objects. */
function problemsOf(objects: Manifest[], options: ObjectRuleOptions = {}): string[] {
  const placed: PlacedManifest[] = objects.map((manifest, index) => ({ path: String(index), manifest }));
  return checkObjects(placed, options).map(({ path, what, got }) => `${path}: ${what}: ${got}`);
}

const missing = 'the workload needs a Secret that nothing here makes, so its pods would wait for it forever';
const loads = (name: string) => ({ envFrom: [{ secretRef: { name } }] });

describe('checkObjects', () => {
  it('takes objects that differ in kind, namespace or name', () => {
    const objects = [
      object('ConfigMap', 'a'),
      object('ConfigMap', 'b'),
      object('ConfigMap', 'a', {}, 'other'),
      object('Role', 'a'),
      object('ClusterRole', 'a', {}, null),
    ];
    expect(problemsOf(objects)).toEqual([]);
  });

  it('fails for the same object made twice or more, and names every construct', () => {
    const objects = [
      object('ConfigMap', 'a'),
      object('Namespace', 'n', {}, null),
      object('ConfigMap', 'a'),
      object('Namespace', 'n', {}, null),
      object('ConfigMap', 'a'),
    ];
    expect(problemsOf(objects)).toEqual([
      '0, 2, 4: the same object is made more than once: ConfigMap shop/a, 3 times',
      '1, 3: the same object is made more than once: Namespace n, 2 times',
    ]);
  });

  it('finds exactly the repeated ones among many', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const some = fc.record({ kind: fc.constantFrom('ConfigMap', 'Role'), name, namespace: name });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), (list) => {
        const keys = list.map(({ kind, name: own, namespace }) => `${kind} ${namespace}/${own}`);
        const repeated = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
        const found = problemsOf(list.map(({ kind, name: own, namespace }) => object(kind, own, {}, namespace)));
        expect(found).toHaveLength(repeated.size);
      }),
    );
  });

  describe('owners of a Secret', () => {
    it.each([
      ['ExternalSecret', 'ExternalSecret', externalSecret('one', { name: 's' }), externalSecret('two', { name: 's' })],
      [
        'ExternalSecret',
        'SealedSecret',
        externalSecret('one', { name: 's' }),
        object('SealedSecret', 's', { spec: {} }),
      ],
      ['Secret', 'SealedSecret', object('Secret', 's'), object('SealedSecret', 's', { spec: {} })],
      ['ExternalSecret', 'Secret', externalSecret('s'), object('Secret', 's')],
    ])('fails for %s and %s', (_one, _two, first, second) => {
      const owners = [first, second].map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(' and ');
      expect(problemsOf([first, second])).toEqual([
        `0, 1: a Secret has more than one owner: Secret shop/s of ${owners}`,
      ]);
    });

    it('takes Secrets of one name in two namespaces', () => {
      expect(problemsOf([object('Secret', 's'), object('Secret', 's', {}, 'other')])).toEqual([]);
    });
  });

  it('takes an ExternalSecret that adds keys to the Secret of another', () => {
    const merging = externalSecret('more', { name: 's', creationPolicy: 'Merge' });
    expect(problemsOf([object('Secret', 's', { data: { A: '' } }), merging])).toEqual([]);
  });

  describe('Secrets that pods need', () => {
    const made = [
      object('Secret', 'plain', { data: { A: '' }, stringData: { B: '' } }),
      object('SealedSecret', 'sealed', { spec: { encryptedData: { C: '' } } }),
      externalSecret('x', { name: 'external', template: { data: { D: '' } } }),
      object('ExternalSecret', 'open', { spec: { dataFrom: [{ extract: { key: 'shop/open' } }] } }),
    ];

    it('takes those that something makes', () => {
      const workloads = ['plain', 'sealed', 'external', 'open'].map((name) => deployment(loads(name), {}, name));
      expect(problemsOf([...made, ...workloads])).toEqual([]);
    });

    it.each<[string, object, object]>([
      ['loads', loads('x'), {}],
      ['takes one key of', { env: [{ name: 'V', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] }, {}],
      ['mounts', {}, { volumes: [{ secret: { secretName: 'x' } }] }],
      ['projects', {}, { volumes: [{ projected: { sources: [{ secret: { name: 'x' } }] } }] }],
      ['loads in a container of the start-up', {}, { initContainers: [{ name: 'init', ...loads('x') }] }],
    ])('fails for a workload that %s one that nothing makes', (_, container, pod) => {
      expect(problemsOf([deployment(container, pod)])).toEqual([`0: ${missing}: Secret shop/x`]);
    });

    it.each(['Pod', 'Job', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'CronJob'])(
      'looks into a %s',
      (kind) => {
        const pod = { spec: { containers: [{ name: 'main', ...loads('x') }] } };
        const spec =
          kind === 'Pod'
            ? pod.spec
            : kind === 'CronJob'
              ? { jobTemplate: { spec: { template: pod } } }
              : { template: pod };
        expect(problemsOf([object(kind, 'w', { spec })])).toEqual([`0: ${missing}: Secret shop/x`]);
      },
    );

    it('fails for one that is watched for changes', () => {
      const annotations = { 'secret.reloader.stakater.com/reload': 'plain,gone' };
      const { metadata, ...rest } = deployment({});
      expect(problemsOf([...made, { ...rest, metadata: { ...metadata, annotations } }])).toEqual([
        `4: ${missing}: Secret shop/gone`,
      ]);
    });

    it('fails for one that is made in another namespace', () => {
      expect(problemsOf([object('Secret', 'x', {}, 'other'), deployment(loads('x'))])).toEqual([
        `1: ${missing}: Secret shop/x`,
      ]);
    });

    it('takes optional ones, those for pulling images, and those that are made elsewhere', () => {
      const optional = { envFrom: [{ secretRef: { name: 'x', optional: true } }] };
      expect(problemsOf([deployment(optional, { imagePullSecrets: [{ name: 'y' }] })])).toEqual([]);
      expect(problemsOf([deployment(loads('x'))], { secretsMadeElsewhere: ['shop/x'] })).toEqual([]);
    });

    it('fails for a key that the Secret will not have, where its keys are known', () => {
      const key = (name: string, own: string) =>
        deployment(
          { env: [{ name: 'V', valueFrom: { secretKeyRef: { name, key: own } } }] },
          {},
          `${name}-${own.toLowerCase()}`,
        );
      expect(
        problemsOf([...made, key('plain', 'A'), key('plain', 'B'), key('sealed', 'C'), key('external', 'D')]),
      ).toEqual([]);
      expect(problemsOf([...made, key('open', 'X')])).toEqual([]);
      expect(problemsOf([...made, key('external', 'X')])).toEqual([
        '4: the workload needs a key that the Secret will not have: "X" of Secret shop/external',
      ]);
    });
  });

  describe('variables from two places', () => {
    const what = 'container "main" gets the same variable from two places, and one hides the other';
    const secrets = [object('Secret', 'one', { data: { A: '', B: '' } }), object('Secret', 'two', { data: { B: '' } })];
    const config = object('ConfigMap', 'config', { data: { A: 'x', P_B: 'x' } });

    it("fails for a loaded variable that the container's own list hides", () => {
      const container = {
        ...loads('one'),
        env: [
          { name: 'A', value: 'x' },
          { name: 'C', value: 'x' },
        ],
      };
      expect(problemsOf([...secrets, deployment(container)])).toEqual([
        `2: ${what}: A from Secret one and from the container itself`,
      ]);
    });

    it('fails for two sources with the same variable, prefixes counted', () => {
      const sources = [
        { configMapRef: { name: 'config' } },
        { secretRef: { name: 'one' } },
        { prefix: 'P_', secretRef: { name: 'two' } },
      ];
      expect(problemsOf([...secrets, config, deployment({ envFrom: sources })])).toEqual([
        `3: ${what}: A from Secret one and from ConfigMap config`,
        `3: ${what}: P_B from Secret two and from ConfigMap config`,
      ]);
    });

    it('takes sources that do not meet', () => {
      const container = { envFrom: [{ secretRef: { name: 'two' } }], env: [{ name: 'A', value: 'x' }] };
      expect(problemsOf([...secrets, deployment(container)])).toEqual([]);
    });
  });

  it('reports everything at once', () => {
    const objects = [object('Secret', 's'), object('Secret', 's'), externalSecret('s'), deployment(loads('gone'))];
    expect(problemsOf(objects)).toHaveLength(3);
  });

  it('looks at each object the same number of times, however many there are', () => {
    const looks = (count: number): number => {
      let looked = 0;
      const watch = (path: string, manifest: Manifest): PlacedManifest => ({
        path,
        get manifest() {
          looked += 1;
          return manifest;
        },
      });
      const objects = Array.from({ length: count }, (_, index) => [
        watch(`s${index}`, externalSecret(`x${index}`, { name: `s${index}`, template: { data: { A: '' } } })),
        watch(`d${index}`, deployment(loads(`s${index}`), {}, `d${index}`)),
      ]).flat();
      expect(checkObjects(objects)).toEqual([]);
      return looked / count;
    };
    expect(looks(2000)).toBe(looks(10));
  });
});
