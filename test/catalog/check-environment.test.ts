import {
  DeclarationError,
  defineCatalog,
  defineEnvironment,
  type Delivery,
  type DotenvFile,
  dotenv,
  type Duration,
  type EnvironmentOptions,
  externalSecrets,
  type ExternalSecretsOptions,
  githubActions,
  host,
  issued,
  password,
  randomHex,
  sealedSecrets,
  url,
  usesExternalSecrets,
  usesSealedSecrets,
  vaultSecret,
  workload,
} from '../../lib/catalog';

const db = vaultSecret('app/db', { password: password(40) });
const catalog = defineCatalog({
  name: 'app',
  workloads: {
    web: workload({ namespace: 'app', env: { DB: url`db://${db.password}@${host('db', 1234)}` } }),
    job: workload({ namespace: 'jobs', env: { DB_PASSWORD: db.password } }),
  },
});

const audit = [
  { name: 'file', filePath: '/vault/audit.log' },
  { name: 'stdout', filePath: 'stdout' },
];
const vault: ExternalSecretsOptions['vault'] = { address: 'https://vault:8200', ca: { type: 'system' }, audit };

/** What no message may repeat. */
const secretPart = 'MIIB';

function problemsOf(
  delivery: Delivery,
  options: Partial<EnvironmentOptions<Delivery>> = {},
  name = 'staging',
): string[] {
  try {
    defineEnvironment(name, { catalog, delivery, ...options });
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) {
      throw error;
    }
    expect(error.message).not.toContain(secretPart);
    return error.problems.map(({ path, what }) => `${path}: ${what}`);
  }
}

function problemsOfVault(
  changes: Partial<ExternalSecretsOptions['vault']>,
  more: Partial<ExternalSecretsOptions> = {},
) {
  const delivery = externalSecrets({ vault: { ...vault, ...changes }, ...more });
  return problemsOf(delivery).map((problem) => problem.replace('environments.staging.delivery.', ''));
}

describe('defineEnvironment', () => {
  it('fills in the defaults', () => {
    expect(defineEnvironment('staging', { catalog, delivery: externalSecrets({ vault }) })).toMatchObject({
      name: 'staging',
      hosts: {},
      production: false,
      delivery: {
        refreshInterval: '1h',
        storeKind: 'ClusterSecretStore',
        operator: { namespace: 'external-secrets', serviceAccount: 'external-secrets' },
        vault: {
          mount: 'secret',
          maxVersions: 20,
          auth: {
            mount: 'kubernetes',
            reviewer: 'client-jwt',
            kubernetesHost: 'https://kubernetes.default.svc',
            audience: 'vault',
            apiServerAudience: 'https://kubernetes.default.svc',
            tokenTtl: '15m',
          },
        },
      },
    });
  });

  it('knows its delivery', () => {
    const inCluster = defineEnvironment('a', { catalog, delivery: externalSecrets({ vault }) });
    const sealed = defineEnvironment('b', { catalog, delivery: sealedSecrets({ certificate: 'PEM' }) });
    expect([inCluster, sealed].map(usesExternalSecrets)).toEqual([true, false]);
    expect([inCluster, sealed].map(usesSealedSecrets)).toEqual([false, true]);
    expect(sealed.delivery).toMatchObject({ scope: 'strict', ownKeyPair: false, keyRenewal: '30d' });
  });

  it('has the controller never renew a key pair of our own', () => {
    const sealed = (options: object) => problemsOf(sealedSecrets({ certificate: 'PEM', ...options }));
    expect(sealedSecrets({ certificate: 'PEM', ownKeyPair: true }).keyRenewal).toBe('never');
    expect(sealed({ ownKeyPair: true })).toEqual([]);
    expect(sealed({ keyRenewal: 'never' })).toEqual([]);
    expect(sealed({ ownKeyPair: true, keyRenewal: '30d' })).toEqual([
      'environments.staging.delivery.keyRenewal: the controller would replace the key pair that is ours',
    ]);
    expect(sealed({ keyRenewal: '0d' })).toEqual(['environments.staging.delivery.keyRenewal: not a length of time']);
  });

  it.each(['', 'Staging', '1st', 'a/b', '..', 'a b'])('fails for the name %j', (name) => {
    expect(problemsOf(dotenv({ files: [] }), {}, name)).toEqual([
      `environments.${name}: environment name is not usable (it becomes a folder and a stack)`,
    ]);
  });

  it('takes an address for a host of the catalog, and fails for one that it does not have', () => {
    expect(problemsOf(externalSecrets({ vault }), { hosts: { db: 'localhost:15432' } })).toEqual([]);
    expect(problemsOf(externalSecrets({ vault }), { hosts: { database: 'localhost' } })).toEqual([
      'environments.staging.hosts.database: no declared value has this host',
    ]);
  });
});

describe('externalSecrets', () => {
  it.each(['http://vault:8200', 'vault:8200', 'https://', 'https://vault/v1', 'https://va ult'])(
    'fails for the address %j',
    (address) => {
      expect(problemsOfVault({ address })).toEqual(['vault.address: not an address of a Vault server with TLS']);
    },
  );

  it.each(['', '/secret', 'secret/', 'a//b', 'a b', '*'])('fails for the mounts %j', (mount) => {
    expect(problemsOfVault({ mount, auth: { mount } })).toEqual([
      'vault.mount: not a mount path',
      'vault.auth.mount: not a mount path',
    ]);
  });

  it('fails for a mount that is the beginning of a path, because the operator would read another one', () => {
    expect(problemsOfVault({ mount: 'app' })).toEqual([
      'vault.mount: the path of a secret begins with the name of the mount, which the operator would cut off',
    ]);
    expect(problemsOfVault({ mount: 'ap' })).toEqual([]);
  });

  it.each(['0s', '', 'always'])('fails for the refresh interval %j', (interval) => {
    expect(problemsOfVault({}, { refreshInterval: interval as Duration })).toEqual([
      'refreshInterval: not a length of time (zero would stop the operator from ever reading again)',
    ]);
  });

  it.each(['9m', '21m', '0s', 'short'])('fails for tokens that live %s', (tokenTtl) => {
    expect(problemsOfVault({ auth: { tokenTtl: tokenTtl as Duration } })).toEqual([
      'vault.auth.tokenTtl: the token lives too long or too short',
    ]);
  });

  it('fails for one audit device, for two that are one, and for a relative path', () => {
    expect(problemsOfVault({ audit: audit.slice(0, 1) })).toEqual([
      'vault.audit: too few audit devices (Vault stops answering when its only one is blocked)',
    ]);
    expect(problemsOfVault({ audit: [...audit, { name: 'file', filePath: 'stdout' }] })).toEqual([
      'vault.audit: two audit devices share a name or a file',
      'vault.audit: two audit devices share a name or a file',
    ]);
    expect(problemsOfVault({ audit: [...audit, { name: 'third', filePath: 'audit.log' }] })).toEqual([
      'vault.audit.third: not an absolute path',
    ]);
  });

  describe('certificate authority', () => {
    // Assembled here, so that no scanner takes this file for one that holds a key.
    const pem = (type: string): string => `-----BEGIN ${type}-----\n${secretPart}+/=\n-----END ${type}-----\n`;

    it('takes certificates, one or several', () => {
      const ca = { type: 'certificate', pem: pem('CERTIFICATE').repeat(2) } as const;
      expect(problemsOfVault({ ca, auth: { kubernetesCaCert: pem('CERTIFICATE') } })).toEqual([]);
    });

    it('fails for what is no certificate, and for a private key, without repeating it', () => {
      expect(problemsOfVault({ ca: { type: 'certificate', pem: 'ca.crt' } })).toEqual([
        'vault.ca.pem: not a list of certificates',
      ]);
      const leaked = pem('CERTIFICATE') + pem(['PRIVATE', 'KEY'].join(' '));
      expect(problemsOfVault({ ca: { type: 'certificate', pem: leaked } })).toEqual([
        'vault.ca.pem: there is a private key in a text that becomes public',
      ]);
      expect(problemsOfVault({ auth: { kubernetesCaCert: '' } })).toEqual([
        'vault.auth.kubernetesCaCert: not a list of certificates',
      ]);
    });

    it('fails for stores in namespaces where the ConfigMap is not', () => {
      const ca = { type: 'configMap', name: 'ca', key: 'ca.crt', namespace: 'app' } as const;
      expect(problemsOfVault({ ca })).toEqual([]);
      expect(problemsOfVault({ ca }, { storeKind: 'SecretStore' })).toEqual([
        'vault.ca.namespace: a SecretStore cannot read a ConfigMap of another namespace',
      ]);
    });
  });
});

describe('dotenv', () => {
  const files = (...list: DotenvFile[]): Delivery => dotenv({ files: list });

  it('takes workloads and fields of the catalog', () => {
    expect(problemsOf(files({ path: '.env', workloads: ['web'], env: { PASSWORD: db.password } }))).toEqual([]);
  });

  it('fails for a workload and for a secret that the catalog does not have', () => {
    const other = vaultSecret('other/x', { key: randomHex(32) });
    expect(problemsOf(files({ path: '.env', workloads: ['Web'], env: { KEY: other.key } }))).toEqual([
      'environments.staging.delivery.files..env: no such workload in the catalog',
      'environments.staging.delivery.files..env.KEY: the field belongs to a secret that the catalog does not have',
    ]);
  });
});

describe('githubActions', () => {
  it('takes names as GitHub does', () => {
    const secrets = { KUBE_CONFIG: issued({ by: 'the cluster' }), _X1: issued({ by: 'x' }) };
    expect(problemsOf(githubActions({ repository: 'nivesh/nivesh', secrets }))).toEqual([]);
  });

  it('takes a deployment environment, and fails for a name that is none', () => {
    const place = { repository: 'nivesh/nivesh', secrets: {} };
    expect(problemsOf(githubActions({ ...place, environment: 'production / eu' }))).toEqual([]);
    for (const environment of ['', ' production', 'x'.repeat(256)]) {
      expect(problemsOf(githubActions({ ...place, environment }))).toEqual([
        'environments.staging.delivery.environment: not the name of a deployment environment',
      ]);
    }
  });

  it('fails for a repository and for names that GitHub refuses', () => {
    const secrets = { GITHUB_TOKEN: issued({ by: 'x' }), lower: issued({ by: 'x' }), '1ST': issued({ by: 'x' }) };
    expect(problemsOf(githubActions({ repository: 'https://github.com/a/b', secrets }))).toEqual([
      'environments.staging.delivery.repository: not a repository',
      'environments.staging.delivery.secrets.GITHUB_TOKEN: GitHub refuses this secret name',
      'environments.staging.delivery.secrets.lower: GitHub refuses this secret name',
      'environments.staging.delivery.secrets.1ST: GitHub refuses this secret name',
    ]);
  });
});
