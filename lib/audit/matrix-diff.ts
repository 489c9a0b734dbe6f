import type { AccessGrant, AccessIdentity, AccessMatrix } from './access-matrix';

/** A grant that is in both matrices, and not the same. */
export interface ChangedGrant {
  readonly environment: string;
  readonly workload: string;
  readonly secret: string;
  readonly access: AccessGrant['access'];
  readonly addedFields: readonly string[];
  readonly removedFields: readonly string[];
  /** `VARIABLE` that is new, or holds other fields. */
  readonly addedVariables: readonly string[];
  readonly removedVariables: readonly string[];
  /** Set where somebody else reads, or by another way. */
  readonly identity?: { readonly before: AccessIdentity; readonly after: AccessIdentity };
}

/** What a change of the catalog does to access. */
export interface MatrixDiff {
  readonly added: readonly AccessGrant[];
  readonly removed: readonly AccessGrant[];
  readonly changed: readonly ChangedGrant[];
  /** Whether somebody may read something that it could not read before. */
  readonly grew: boolean;
}

/**
 * Compares two matrices. Access grew where a grant was added, where a workload gets another field, and where another
 * identity reads: a variable that was only renamed, or a grant that is gone, is no growth.
 */
export function diffMatrices(before: AccessMatrix, after: AccessMatrix): MatrixDiff {
  const old = new Map(before.grants.map((grant) => [keyOf(grant), grant]));
  const current = new Map(after.grants.map((grant) => [keyOf(grant), grant]));
  const added = after.grants.filter((grant) => !old.has(keyOf(grant)));
  const removed = before.grants.filter((grant) => !current.has(keyOf(grant)));
  const changed = after.grants.flatMap((grant) => {
    const earlier = old.get(keyOf(grant));
    return earlier ? changeOf(earlier, grant) : [];
  });
  const grew = added.length > 0 || changed.some(({ addedFields, identity }) => addedFields.length > 0 || identity);
  return { added, removed, changed, grew };
}

/** Whether two matrices grant the same. */
export function isUnchanged({ added, removed, changed }: MatrixDiff): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** A workload may read the same secret from two `.env` files, or rotate what it reads: both are part of what a grant is. */
function keyOf({ environment, workload, secret, access, identity }: AccessGrant): string {
  return JSON.stringify([environment, workload, secret, access, identity.type === 'dotenv' ? identity.file : '']);
}

function changeOf(before: AccessGrant, after: AccessGrant): ChangedGrant[] {
  const variablesOf = ({ variables }: AccessGrant): string[] =>
    variables.map(({ name, fields }) => `${name} (${fields.join(', ')})`);
  const change = {
    addedFields: without(after.fields, before.fields),
    removedFields: without(before.fields, after.fields),
    addedVariables: without(variablesOf(after), variablesOf(before)),
    removedVariables: without(variablesOf(before), variablesOf(after)),
  };
  const hasOtherIdentity = JSON.stringify(sorted(before.identity)) !== JSON.stringify(sorted(after.identity));
  if (!hasOtherIdentity && Object.values(change).every((names) => names.length === 0)) {
    return [];
  }
  const { environment, workload, secret, access } = after;
  return [
    {
      environment,
      workload,
      secret,
      access,
      ...change,
      ...(hasOtherIdentity ? { identity: { before: before.identity, after: after.identity } } : {}),
    },
  ];
}

/** A file may have its keys in another order. */
function sorted(identity: AccessIdentity): [string, unknown][] {
  return Object.entries(identity).sort(([a], [b]) => (a < b ? -1 : 1));
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name));
}
