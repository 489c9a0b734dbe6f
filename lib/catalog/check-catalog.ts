import type { Catalog } from './catalog';
import { checkCompanions } from './check-companions';
import { checkSecret } from './check-secret';
import { DerivedValue } from './derived-value';
import { workloadNames } from './names';
import { type Problem, quoted, throwProblems } from './problems';
import { catalogReferences, secretsOfCatalog } from './references';
import { label, longestWorkloadName, reservedVariables, variableName } from './usable-names';
import { fieldId, previousSuffix, type VaultSecretDeclaration } from './vault-secret';
import type { WorkloadDeclaration } from './workload';

/** Reports everything that the types cannot say, all at once. */
export function checkCatalog(catalog: Catalog): void {
  throwProblems(`catalog ${quoted(catalog.name)}`, [
    ...checkName('name', catalog.name, 'catalog name', 30),
    ...Object.entries(catalog.workloads).flatMap(([name, workload]) => checkWorkload(name, workload)),
    ...checkDerivedNames(catalog),
    ...checkSecrets(catalog),
    ...checkUse(catalog),
  ]);
}

function checkName(path: string, name: string, what: string, longest: number): Problem[] {
  return label.test(name) && name.length <= longest
    ? []
    : [
        {
          path,
          what: `${what} is not usable`,
          got: quoted(name),
          allowed: `lower-case letters, digits and "-", beginning and ending with a letter or digit, at most ${longest} characters`,
          fix: 'rename it',
        },
      ];
}

function checkWorkload(name: string, workload: WorkloadDeclaration): Problem[] {
  const path = `workloads.${name}`;
  const problems = [
    ...checkName(path, name, 'workload name', longestWorkloadName[workload.kind]),
    ...checkName(`${path}.namespace`, workload.namespace, 'namespace', 63),
  ];
  const variables = Object.entries(workload.env);
  if (variables.length === 0) {
    problems.push({
      path: `${path}.env`,
      what: 'the workload reads no secret',
      got: 'no variable',
      allowed: 'one variable or more',
      fix: 'declare its variables, or take the workload out of the catalog',
    });
  }
  for (const [variable, value] of variables) {
    problems.push(...checkVariable(`${path}.env.${variable}`, variable));
    if (value instanceof DerivedValue && value.references.length === 0) {
      problems.push({
        path: `${path}.env.${variable}`,
        what: 'the value is made of no field',
        got: 'a constant',
        allowed: 'values with at least one field of a secret',
        fix: 'keep plain configuration in the Deployment or a ConfigMap',
      });
    }
  }
  return [...problems, ...checkCompanions(path, workload)];
}

function checkVariable(path: string, variable: string): Problem[] {
  if (!variableName.test(variable)) {
    const fix = variable.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');
    return [
      {
        path,
        what: 'environment variable name is not usable (the kubelet leaves it out without an error)',
        got: quoted(variable),
        allowed: 'letters, digits and "_", not beginning with a digit',
        fix: fix === '' ? 'give it a name' : `rename it to ${fix}`,
      },
    ];
  }
  return reservedVariables.has(variable)
    ? [
        {
          path,
          what: 'environment variable changes how the process starts',
          got: quoted(variable),
          allowed: 'names that only the program itself reads',
          fix: 'choose another name',
        },
      ]
    : [];
}

/** Two workloads must not derive the same name. */
function checkDerivedNames(catalog: Catalog): Problem[] {
  const owners = new Map<string, string>();
  return Object.keys(catalog.workloads).flatMap((name): Problem[] => {
    const { vaultRole } = workloadNames(catalog.name, name);
    const owner = owners.get(vaultRole);
    owners.set(vaultRole, name);
    return owner === undefined
      ? []
      : [
          {
            path: `workloads.${name}`,
            what: 'two workloads derive the same Vault role and store',
            got: `${quoted(owner)} and ${quoted(name)}, both role ${quoted(vaultRole)}`,
            allowed: `names that differ after the prefix "${catalog.name}-" is left out`,
            fix: 'rename one of them',
          },
        ];
  });
}

function checkSecrets(catalog: Catalog): Problem[] {
  const declared = new Map<string, VaultSecretDeclaration>();
  const all = new Set([...catalog.secrets, ...catalogReferences(catalog).map(({ reference }) => reference.secret)]);
  return [...all].flatMap((secret): Problem[] => {
    const problems = checkSecret(secret);
    if (declared.has(secret.path)) {
      problems.push({
        path: `secrets.${secret.path}`,
        what: 'the path is declared twice',
        got: quoted(secret.path),
        allowed: 'one declaration a path',
        fix: 'put all fields in one vaultSecret, or give the other one its own path',
      });
    }
    declared.set(secret.path, secret);
    return problems;
  });
}

/** A declared field that nobody reads is a mistake, or a value that should not exist. */
function checkUse(catalog: Catalog): Problem[] {
  const references = catalogReferences(catalog).map(({ reference }) => reference);
  const readFields = new Set(references.map(({ id }) => id));
  const readPaths = new Set(references.map(({ secret }) => secret.path));
  return secretsOfCatalog(catalog).flatMap((secret): Problem[] => {
    if (!readPaths.has(secret.path)) {
      return [unused(`secrets.${secret.path}`, 'the secret', secret.path)];
    }
    // A keyring that is not read beside its key is reported where the key is read.
    return [...secret.fields]
      .filter(([, { source }]) => source.type !== 'keyring')
      .map(([name]) => fieldId(secret, name))
      .filter((id) => !readFields.has(id))
      .map((id) => unused(`secrets.${id}`, 'the field', id));
  });
}

function unused(path: string, what: string, got: string): Problem {
  return {
    path,
    what: `${what} is read by no workload`,
    got,
    allowed: 'secrets that at least one workload reads',
    fix: got.endsWith(previousSuffix)
      ? 'deliver it with ".previous" where the value is verified'
      : 'wire it into a workload, or remove it',
  };
}
