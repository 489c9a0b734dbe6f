import {
  type Catalog,
  compare,
  type DotenvFile,
  type Environment,
  type ExternalSecretsDelivery,
  type Reference,
  referencesOf,
  referencesOfWorkload,
  type SealingScope,
  secretsOfCatalog,
  usesExternalSecrets,
  workloadNames,
} from '../catalog';
import { accessOfRotation } from '../vault/rotation-access';

/** As whom a value is read: what an environment's way of delivery makes of a workload. */
export type AccessIdentity =
  /** A service account that logs in to Vault with a role, which has one policy. */
  | {
      readonly type: 'vault';
      readonly namespace: string;
      readonly serviceAccount: string;
      readonly vaultRole: string;
      readonly vaultPolicy: string;
      /** What the policy lets it read. */
      readonly vaultPath: string;
    }
  /** No Vault: whoever reads the Secret that the controller opens. */
  | {
      readonly type: 'sealedSecrets';
      readonly namespace: string;
      readonly secret: string;
      readonly scope: SealingScope;
    }
  /** No Vault: whoever reads the file. */
  | { readonly type: 'dotenv'; readonly file: string }
  /** No Vault: every workflow of the repository. */
  | { readonly type: 'githubActions'; readonly repository: string };

/** One environment variable, and the fields of this secret that are in it. */
export interface GrantedVariable {
  readonly name: string;
  /** Sorted. */
  readonly fields: readonly string[];
}

/** One cell of the matrix: a reader may read a secret. */
export interface AccessGrant {
  readonly environment: string;
  /** Name of the workload, or who else reads. */
  readonly workload: string;
  /** Path of the secret below the mount, or the name of a secret of GitHub Actions. */
  readonly secret: string;
  /** `rotate`: it reads and replaces values, and has no variable for them; only the rotator does. */
  readonly access: 'read' | 'rotate';
  /** Every field of it that the workload gets, sorted. */
  readonly fields: readonly string[];
  /** In the order of declaration. */
  readonly variables: readonly GrantedVariable[];
  readonly identity: AccessIdentity;
}

/** Who may read what: everything that the catalog grants. */
export interface AccessMatrix {
  readonly catalog: string;
  /** Names, in the order of declaration. */
  readonly environments: readonly string[];
  /** By environment, then workload, then secret. */
  readonly grants: readonly AccessGrant[];
}

/** The variables of a grant, or for the rotator, which has none, what it does instead. */
export function usesOf({ access, variables, fields }: AccessGrant): readonly GrantedVariable[] {
  return access === 'rotate' ? [{ name: rotatesWithoutVariable, fields }] : variables;
}

/** Stands in reports where others have a variable. */
const rotatesWithoutVariable = '(rotates)';

/** Who reads a `.env` file beside the workloads that it serves. */
export function fileReader(file: string): string {
  return `any reader of ${file}`;
}

/** The matrix of several environments of one catalog. */
export function accessMatrix(environments: readonly Environment[]): AccessMatrix {
  return {
    catalog: [...new Set(environments.map(({ catalog }) => catalog.name))].join(', '),
    environments: environments.map(({ name }) => name),
    grants: environments.flatMap(grantsOf),
  };
}

function grantsOf(environment: Environment): AccessGrant[] {
  const { catalog, delivery } = environment;
  switch (delivery.type) {
    case 'externalSecrets': {
      const grants = workloadsOf(catalog, environment.name, (workload) => {
        const { serviceAccount, vaultRole, vaultPolicy } = workloadNames(catalog.name, workload);
        const { namespace } = declarationOf(catalog, workload);
        return (secret) => {
          const vaultPath = `${delivery.vault.mount}/data/${secret}`;
          return { type: 'vault', namespace, serviceAccount, vaultRole, vaultPolicy, vaultPath };
        };
      });
      return usesExternalSecrets(environment) ? [...grants, ...rotatorGrants(environment)] : grants;
    }
    case 'sealedSecrets':
      return workloadsOf(catalog, environment.name, (workload) => {
        const { secret } = workloadNames(catalog.name, workload);
        const { namespace } = declarationOf(catalog, workload);
        return () => ({ type: 'sealedSecrets', namespace, secret, scope: delivery.scope });
      });
    case 'dotenv':
      return delivery.files.flatMap((file) => fileGrants(environment, file));
    case 'githubActions': {
      const { repository } = delivery;
      return Object.keys(delivery.secrets)
        .sort(compare)
        .map((name) => ({
          environment: environment.name,
          workload: `workflows of ${repository}`,
          secret: name,
          access: 'read',
          fields: [],
          variables: [{ name, fields: [] }],
          identity: { type: 'githubActions', repository },
        }));
    }
  }
}

/** What the rotator reads beside its own variables: every field of what it rotates. */
function rotatorGrants(environment: Environment<ExternalSecretsDelivery>): AccessGrant[] {
  const access = accessOfRotation(environment);
  if (!access) {
    return [];
  }
  const { role, policy, workload } = access;
  const [namespace] = role.boundServiceAccountNamespaces;
  const [serviceAccount] = role.boundServiceAccountNames;
  const identity = {
    type: 'vault',
    namespace,
    serviceAccount,
    vaultRole: role.name,
    vaultPolicy: policy.name,
  } as const;
  const paths = new Set(policy.rules.map(({ path }) => path));
  return secretsOfCatalog(environment.catalog).flatMap(({ path: secret, fields: declared }) => {
    const vaultPath = `${environment.delivery.vault.mount}/data/${secret}`;
    const fields = [...declared.keys()].sort(compare);
    return paths.has(vaultPath)
      ? [
          {
            environment: environment.name,
            workload,
            secret,
            access: 'rotate' as const,
            fields,
            variables: [],
            identity: { ...identity, vaultPath },
          },
        ]
      : [];
  });
}

function declarationOf(catalog: Catalog, workload: string): Catalog['workloads'][string] {
  const declaration = catalog.workloads[workload];
  if (!declaration) {
    throw new Error(`no workload ${workload}`);
  }
  return declaration;
}

/** From the one relation that policies, manifests and .env files are derived from too. */
function workloadsOf(
  catalog: Catalog,
  environment: string,
  identitiesOf: (workload: string) => (secret: string) => AccessIdentity,
): AccessGrant[] {
  return Object.keys(catalog.workloads).flatMap((workload) => {
    const identityOf = identitiesOf(workload);
    return readsOf(referencesOfWorkload(catalog, workload)).map((read) => ({
      environment,
      workload,
      access: 'read',
      ...read,
      identity: identityOf(read.secret),
    }));
  });
}

/** A file serves workloads, and may hold more variables, which only its readers have. */
function fileGrants({ name, catalog }: Environment, { path, workloads = [], env = {} }: DotenvFile): AccessGrant[] {
  const more = Object.entries(env).flatMap(([variable, value]) =>
    referencesOf(value).map((reference) => ({ variable, reference })),
  );
  return [
    ...workloads.map((workload) => [workload, referencesOfWorkload(catalog, workload)] as const),
    [fileReader(path), more] as const,
  ].flatMap(([workload, reads]) =>
    readsOf(reads).map((read) => ({
      environment: name,
      workload,
      access: 'read',
      ...read,
      identity: { type: 'dotenv', file: path },
    })),
  );
}

type Read = Pick<Reference, 'variable' | 'reference'>;

/** What is read, a secret after the other, sorted by path. The references of one variable stand beside each other. */
function readsOf(references: readonly Read[]): Pick<AccessGrant, 'secret' | 'fields' | 'variables'>[] {
  const reads: { secret: string; fields: string[]; variables: { name: string; fields: string[] }[] }[] = [];
  for (const { variable: name, reference } of references.toSorted(bySecret)) {
    const { fieldName } = reference;
    const { path: secret } = reference.secret;
    const read = reads.at(-1);
    const variable = read?.variables.at(-1);
    if (read?.secret !== secret) {
      reads.push({ secret, fields: [fieldName], variables: [{ name, fields: [fieldName] }] });
    } else if (variable?.name !== name) {
      read.fields.push(fieldName);
      read.variables.push({ name, fields: [fieldName] });
    } else {
      read.fields.push(fieldName);
      variable.fields.push(fieldName);
    }
  }
  return reads.map(({ secret, fields, variables }) => ({
    secret,
    fields: sortedSet(fields),
    variables: variables.map((variable) => ({ name: variable.name, fields: sortedSet(variable.fields) })),
  }));
}

function sortedSet(names: readonly string[]): readonly string[] {
  return names.length === 1 ? names : [...new Set(names)].sort(compare);
}

function bySecret(a: Read, b: Read): number {
  return compare(a.reference.secret.path, b.reference.secret.path);
}
