import type { Catalog } from './catalog';
import { referencesOf } from './derived-value';
import { durationSeconds, isDuration } from './duration';
import type {
  DotenvDelivery,
  Environment,
  ExternalSecretsDelivery,
  GithubActionsDelivery,
  SealedSecretsDelivery,
  VaultSettings,
} from './environment';
import { checkRotationSchedule } from './check-rotation-schedule';
import { type Problem, quoted, throwProblems } from './problems';
import { catalogReferences, secretsOfCatalog } from './references';

/** Reports everything that is wrong with an environment, all at once. */
export function checkEnvironment(environment: Environment): void {
  const path = `environments.${environment.name}`;
  throwProblems(`environment ${quoted(environment.name)}`, [
    ...checkEnvironmentName(path, environment.name),
    ...checkHosts(path, environment),
    ...checkDelivery(path, environment),
    ...checkRotationSchedule(`${path}.rotation`, environment),
  ]);
}

function checkEnvironmentName(path: string, name: string): Problem[] {
  return /^[a-z][a-z0-9-]*$/.test(name)
    ? []
    : [
        {
          path,
          what: 'environment name is not usable (it becomes a folder and a stack)',
          got: quoted(name),
          allowed: 'lower-case letters, digits and "-", beginning with a letter',
          fix: 'rename it',
        },
      ];
}

function checkHosts(path: string, { hosts, catalog, delivery }: Environment): Problem[] {
  const values = [
    ...Object.values(catalog.workloads).flatMap(({ env }) => Object.values(env)),
    ...(delivery.type === 'dotenv' ? delivery.files.flatMap(({ env }) => Object.values(env ?? {})) : []),
  ];
  const known = new Set(
    values.flatMap((value) =>
      'parts' in value ? value.parts.flatMap((part) => (part.type === 'host' ? [part.name] : [])) : [],
    ),
  );
  return Object.keys(hosts)
    .filter((name) => !known.has(name))
    .map((name) => ({
      path: `${path}.hosts.${name}`,
      what: 'no declared value has this host',
      got: quoted(name),
      allowed: known.size === 0 ? 'no host: no value is composed of one' : [...known].map(quoted).join(', '),
      fix: 'correct the name, or remove it',
    }));
}

function checkDelivery(path: string, environment: Environment): Problem[] {
  const { delivery } = environment;
  switch (delivery.type) {
    case 'externalSecrets':
      return [
        ...checkExternalSecrets(`${path}.delivery`, delivery),
        ...checkMountInPaths(`${path}.delivery.vault.mount`, environment.catalog, delivery),
        ...checkCa(`${path}.delivery.vault.ca`, environment.catalog, delivery),
      ];
    case 'dotenv':
      return checkDotenv(`${path}.delivery`, environment, delivery);
    case 'githubActions':
      return checkGithubActions(`${path}.delivery`, delivery);
    case 'sealedSecrets':
      return checkSealedSecrets(`${path}.delivery`, delivery);
  }
}

function checkSealedSecrets(path: string, { keyRenewal, ownKeyPair }: SealedSecretsDelivery): Problem[] {
  if (keyRenewal !== 'never' && !isDuration(keyRenewal)) {
    return [
      {
        path: `${path}.keyRenewal`,
        what: 'not a length of time',
        got: quoted(keyRenewal),
        allowed: '"never", or durations of more than zero, such as "30d"',
        fix: 'leave it out, or write how often the controller makes itself another key pair',
      },
    ];
  }
  return ownKeyPair && keyRenewal !== 'never'
    ? [
        {
          path: `${path}.keyRenewal`,
          what: 'the controller would replace the key pair that is ours',
          got: quoted(keyRenewal),
          allowed: '"never" with ownKeyPair',
          fix: 'leave keyRenewal out; renew the pair as docs/sealing.md says',
        },
      ]
    : [];
}

function checkExternalSecrets(path: string, { vault, refreshInterval }: ExternalSecretsDelivery): Problem[] {
  const problems: Problem[] = [];
  if (!isDuration(refreshInterval)) {
    problems.push({
      path: `${path}.refreshInterval`,
      what: 'not a length of time (zero would stop the operator from ever reading again)',
      got: quoted(refreshInterval),
      allowed: 'durations of more than zero, such as "15m" or "1h"',
      fix: 'choose how old a value may be, for example "1h"',
    });
  }
  return [...problems, ...checkVault(`${path}.vault`, vault)];
}

/** The operator takes such a prefix for the mount and cuts it off, and then reads another path. */
function checkMountInPaths(path: string, catalog: Catalog, { vault }: ExternalSecretsDelivery): Problem[] {
  return secretsOfCatalog(catalog)
    .filter((secret) => secret.path.startsWith(`${vault.mount}/`))
    .map((secret) => ({
      path,
      what: 'the path of a secret begins with the name of the mount, which the operator would cut off',
      got: `mount ${quoted(vault.mount)}, path ${quoted(secret.path)}`,
      allowed: `paths that do not begin with "${vault.mount}/"`,
      fix: 'rename the mount, or begin the path with something else',
    }));
}

function checkCa(path: string, catalog: Catalog, { vault, storeKind }: ExternalSecretsDelivery): Problem[] {
  const { ca } = vault;
  switch (ca.type) {
    case 'system':
      return [];
    case 'certificate':
      return checkCertificates(`${path}.pem`, ca.pem);
    case 'configMap': {
      const namespaces = new Set(Object.values(catalog.workloads).map(({ namespace }) => namespace));
      namespaces.delete(ca.namespace);
      return storeKind === 'ClusterSecretStore' || namespaces.size === 0
        ? []
        : [
            {
              path: `${path}.namespace`,
              what: 'a SecretStore cannot read a ConfigMap of another namespace',
              got: `ConfigMap ${ca.namespace}/${ca.name} for stores in ${[...namespaces].map(quoted).join(', ')}`,
              allowed: 'a ConfigMap in the namespace of every workload',
              fix: "use { type: 'certificate', pem }, from which one is made in each namespace, or storeKind 'ClusterSecretStore'",
            },
          ];
    }
  }
}

/** Certificates are published in manifests, so nothing else may slip in with them. */
function checkCertificates(path: string, pem: string): Problem[] {
  return /^(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/.test(pem.trimStart())
    ? []
    : [
        {
          path,
          what: pem.includes('PRIVATE KEY')
            ? 'there is a private key in a text that becomes public'
            : 'not a list of certificates',
          got: `a text of ${pem.length} characters`,
          allowed: 'PEM blocks of type CERTIFICATE and nothing else',
          fix: 'keep the certificates of the authority only',
        },
      ];
}

function checkVault(path: string, vault: VaultSettings): Problem[] {
  const problems: Problem[] = [];
  if (!/^https:\/\/[^/\s]+$/.test(vault.address)) {
    problems.push({
      path: `${path}.address`,
      what: 'not an address of a Vault server with TLS',
      got: quoted(vault.address),
      allowed: '"https://host:port" without a path',
      fix: vault.address.startsWith('http://') ? 'serve Vault with TLS and write https://' : 'correct the address',
    });
  }
  const mounts: [string, string][] = [
    ['mount', vault.mount],
    ['auth.mount', vault.auth.mount],
  ];
  for (const [option, mount] of mounts) {
    if (!/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/.test(mount)) {
      problems.push({
        path: `${path}.${option}`,
        what: 'not a mount path',
        got: quoted(mount),
        allowed: 'letters, digits, "-" and "_", in segments joined by "/"',
        fix: 'write it without a "/" at the beginning or the end',
      });
    }
  }
  const ttl = vault.auth.tokenTtl;
  if (!isDuration(ttl) || durationSeconds(ttl) < 600 || durationSeconds(ttl) > 1200) {
    problems.push({
      path: `${path}.auth.tokenTtl`,
      what: 'the token lives too long or too short',
      got: quoted(ttl),
      allowed: '10m to 20m',
      fix: 'use "15m"',
    });
  }
  return [
    ...problems,
    ...(vault.auth.kubernetesCaCert === undefined
      ? []
      : checkCertificates(`${path}.auth.kubernetesCaCert`, vault.auth.kubernetesCaCert)),
    ...checkAudit(`${path}.audit`, vault),
  ];
}

function checkAudit(path: string, { audit }: VaultSettings): Problem[] {
  const problems: Problem[] = [];
  if (audit.length < 2) {
    problems.push({
      path,
      what: 'too few audit devices (Vault stops answering when its only one is blocked)',
      got: String(audit.length),
      allowed: 'two or more',
      fix: "add { name: 'stdout', filePath: 'stdout' }",
    });
  }
  const repeated = (values: string[]): string[] => values.filter((value, index) => values.indexOf(value) !== index);
  const twice = [...repeated(audit.map(({ name }) => name)), ...repeated(audit.map(({ filePath }) => filePath))];
  for (const value of twice) {
    problems.push({
      path,
      what: 'two audit devices share a name or a file',
      got: quoted(value),
      allowed: 'names and files of their own',
      fix: 'change one of them',
    });
  }
  for (const { name, filePath } of audit) {
    if (filePath !== 'stdout' && !filePath.startsWith('/')) {
      problems.push({
        path: `${path}.${name}`,
        what: 'not an absolute path',
        got: quoted(filePath),
        allowed: 'an absolute path on the Vault server, or "stdout"',
        fix: `write /vault/audit/${name}.log`,
      });
    }
  }
  return problems;
}

function checkDotenv(path: string, environment: Environment, delivery: DotenvDelivery): Problem[] {
  const workloads = Object.keys(environment.catalog.workloads);
  const declared = new Set(catalogReferences(environment.catalog).map(({ reference }) => reference.secret));
  return delivery.files.flatMap((file): Problem[] => [
    ...(file.workloads ?? [])
      .filter((name) => !workloads.includes(name))
      .map((name) => ({
        path: `${path}.files.${file.path}`,
        what: 'no such workload in the catalog',
        got: quoted(name),
        allowed: workloads.map(quoted).join(', '),
        fix: 'correct the name',
      })),
    ...Object.entries(file.env ?? {}).flatMap(([variable, value]) =>
      referencesOf(value)
        .filter(({ secret }) => !declared.has(secret))
        .map((reference) => ({
          path: `${path}.files.${file.path}.${variable}`,
          what: 'the field belongs to a secret that the catalog does not have',
          got: reference.id,
          allowed: 'fields of secrets that a workload of the catalog reads',
          fix: 'wire the secret into a workload',
        })),
    ),
  ]);
}

function checkGithubActions(path: string, delivery: GithubActionsDelivery): Problem[] {
  const problems: Problem[] = [];
  if (!/^[\w.-]+\/[\w.-]+$/.test(delivery.repository)) {
    problems.push({
      path: `${path}.repository`,
      what: 'not a repository',
      got: quoted(delivery.repository),
      allowed: '"owner/name"',
      fix: 'write it without a host',
    });
  }
  if (delivery.environment !== undefined && !/^\S(?:.{0,253}\S)?$/.test(delivery.environment)) {
    problems.push({
      path: `${path}.environment`,
      what: 'not the name of a deployment environment',
      got: quoted(delivery.environment),
      allowed: '1 to 255 characters without white space around them',
      fix: 'write its name as GitHub shows it, or leave it out for secrets of the repository',
    });
  }
  for (const name of Object.keys(delivery.secrets)) {
    // https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
    if (!/^[A-Z_][A-Z0-9_]*$/.test(name) || name.startsWith('GITHUB_')) {
      problems.push({
        path: `${path}.secrets.${name}`,
        what: 'GitHub refuses this secret name',
        got: quoted(name),
        allowed: 'upper-case letters, digits and "_", not beginning with a digit or GITHUB_',
        fix: 'rename it',
      });
    }
  }
  return problems;
}
