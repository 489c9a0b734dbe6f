import fc from 'fast-check';
import type { LocatedObject } from '../../../lib/check/repository/model';
import { checkObjects } from '../../../lib/check/repository/rule';
import { objectRules } from '../../../lib/check/repository/rules';
import type { Manifest } from '../../../lib/kubernetes/object-rules';

/** A workload and how its values reach it. */
interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly maker: 'ExternalSecret' | 'SealedSecret';
  readonly keys: readonly string[];
  readonly use: 'envFrom' | 'env' | 'volume' | 'init';
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{3,9}$/);

const repository: fc.Arbitrary<readonly Service[]> = fc.uniqueArray(
  fc.record({
    name: word,
    namespace: fc.constantFrom('shop', 'bank', 'mail'),
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet'),
    maker: fc.constantFrom('ExternalSecret', 'SealedSecret'),
    keys: fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Z_]{2,12}$/), { minLength: 1, maxLength: 4 }),
    use: fc.constantFrom('envFrom', 'env', 'volume', 'init'),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
);

/** What may be wrong with one service. */
interface Wrong {
  readonly secret?: string;
  readonly key?: string;
  readonly namespace?: string;
  readonly apiVersion?: string;
  readonly noConditions?: boolean;
  readonly noAudience?: boolean;
  readonly interval?: string;
  readonly server?: string;
  readonly store?: string;
  readonly subPath?: string;
  readonly secondOwner?: boolean;
}

function objects(service: Service, wrong: Wrong): Manifest[] {
  const { name, namespace, kind, keys } = service;
  const metadata = { name, namespace };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'apps/v1', kind, metadata, spec: { template: { spec: podOf(service, wrong) } } },
    ...makersOf(service, wrong),
    ...(wrong.secondOwner
      ? [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: `${name}-secret`, namespace },
            data: Object.fromEntries(keys.map((key) => [key, ''])),
          },
        ]
      : []),
  ];
}

function podOf({ name, keys, use }: Service, { secret = `${name}-secret`, key = keys[0], subPath }: Wrong): unknown {
  const source = {
    envFrom: { envFrom: [{ secretRef: { name: secret } }] },
    init: { envFrom: [{ secretRef: { name: secret } }] },
    env: { env: [{ name: 'VALUE', valueFrom: { secretKeyRef: { name: secret, key } } }] },
    volume: { volumeMounts: [{ name: 'v', mountPath: '/v', ...(subPath ? { subPath } : {}) }] },
  }[use];
  const container = { name, ...source };
  return {
    serviceAccountName: name,
    containers: [use === 'init' ? { name: 'main' } : container],
    ...(use === 'init' ? { initContainers: [container] } : {}),
    ...(use === 'volume'
      ? { volumes: [{ name: 'v', secret: { secretName: secret, items: [{ key, path: 'p' }] } }] }
      : {}),
  };
}

function makersOf({ name, namespace, maker, keys }: Service, wrong: Wrong): Manifest[] {
  const metadata = { name: `${name}-secret`, namespace: wrong.namespace ?? namespace };
  if (maker === 'SealedSecret') {
    const encryptedData = Object.fromEntries(keys.map((key) => [key, 'AgBy']));
    return [{ apiVersion: 'bitnami.com/v1alpha1', kind: maker, metadata, spec: { encryptedData } }];
  }
  const account = { name, namespace, ...(wrong.noAudience ? {} : { audiences: ['vault'] }) };
  return [
    {
      apiVersion: wrong.apiVersion ?? 'external-secrets.io/v1',
      kind: maker,
      metadata,
      spec: {
        refreshInterval: wrong.interval ?? '1h',
        secretStoreRef: { name: wrong.store ?? `vault-${name}`, kind: 'ClusterSecretStore' },
        data: keys.map((key) => ({ secretKey: key, remoteRef: { key: name, property: key } })),
      },
    },
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterSecretStore',
      metadata: { name: `vault-${name}` },
      spec: {
        ...(wrong.noConditions ? {} : { conditions: [{ namespaces: [namespace] }] }),
        provider: {
          vault: {
            server: wrong.server ?? 'https://vault.example.com',
            auth: { kubernetes: { role: name, serviceAccountRef: account } },
          },
        },
      },
    },
  ];
}

/** Rules that find something in services, of which the first has a fault. */
function rulesOf(services: readonly Service[], wrong: Wrong = {}): string[] {
  const all = services.flatMap((service, index) => objects(service, index === 0 ? wrong : {}));
  const located = all.map((manifest, index): LocatedObject => ({
    manifest,
    locate: () => ({ file: `Chart/${index}` }),
  }));
  return checkObjects(objectRules, located).map(({ rule }) => rule);
}

const withFirst = (first: Partial<Service>): fc.Arbitrary<readonly Service[]> =>
  repository.map((services) => services.map((service, index) => (index === 0 ? { ...service, ...first } : service)));

describe('a repository that fits together', () => {
  it('has no findings', () => {
    fc.assert(
      fc.property(repository, (services) => {
        expect(rulesOf(services)).toEqual([]);
      }),
    );
  });

  it.each<readonly [string, Partial<Service>, Wrong]>([
    ['secret-not-made', {}, { secret: 'nobody-makes-this-one' }],
    ['key-not-provided', { use: 'env' }, { key: 'lower' }],
    ['key-not-provided', { use: 'volume' }, { key: 'lower' }],
    ['namespace-differs', {}, { namespace: 'elsewhere' }],
    ['secret-with-two-owners', {}, { secondOwner: true }],
    ['external-secret-version-not-served', { maker: 'ExternalSecret' }, { apiVersion: 'external-secrets.io/v1beta1' }],
    ['refresh-interval-zero', { maker: 'ExternalSecret' }, { interval: '0s' }],
    ['store-not-found', { maker: 'ExternalSecret' }, { store: 'nobody-makes-this-one' }],
    ['store-without-conditions', { maker: 'ExternalSecret' }, { noConditions: true }],
    ['store-without-audience', { maker: 'ExternalSecret' }, { noAudience: true }],
    ['store-without-tls', { maker: 'ExternalSecret' }, { server: 'http://vault.example.com' }],
    ['store-without-tls', { maker: 'ExternalSecret' }, { server: 'https://vault.vault.svc:8200' }],
    ['secret-mounted-by-subpath', { use: 'volume' }, { subPath: 'p' }],
  ])('has one finding where there is one fault: %s', (rule, first, wrong) => {
    fc.assert(
      fc.property(withFirst(first), (services) => {
        expect(rulesOf(services, wrong)).toEqual([rule]);
      }),
    );
  });
});
