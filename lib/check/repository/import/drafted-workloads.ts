import { compare, workloadNames } from '../../../catalog';
import { label, longestWorkloadName, reservedVariables, variableName } from '../../../catalog/usable-names';
import { type ComposedCode, composedCode } from './composed-value';
import type { DraftedSecrets } from './drafted-secrets';
import type { FoundVariable, FoundWorkload } from './found-workloads';
import type { RemoteField } from './origin';

/** A workload of the draft. */
export interface DraftedWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
  readonly variables: readonly DraftedVariable[];
  readonly notes: readonly string[];
}

/** A variable of the draft. */
export interface DraftedVariable {
  readonly name: string;
  readonly code: ComposedCode;
}

type Field = RemoteField & { readonly property: string };
type Value = Field | readonly (Field | { readonly text: string })[];

interface Accepted {
  readonly workload: FoundWorkload & { readonly kind: keyof typeof longestWorkloadName };
  readonly notes: string[];
  readonly values: Map<string, Value>;
}

/** Takes what a catalog can have, and says of the rest why not. */
export class DraftedWorkloads {
  /** About workloads that are not in the draft. */
  readonly notes: string[] = [];
  private readonly accepted: Accepted[];
  private readonly made = new Set<string>();

  constructor(
    private readonly catalogName: string,
    private readonly secrets: DraftedSecrets,
    /** For workloads that say none. */
    private readonly namespace: string,
    found: readonly FoundWorkload[],
  ) {
    const names = new Set<string>();
    const accepted: Accepted[] = [];
    for (const workload of found.toSorted((a, b) => compare(a.name, b.name))) {
      const { vaultRole } = workloadNames(catalogName, workload.name);
      const reason = names.has(vaultRole) ? 'another workload of this name is in the draft' : refusal(workload);
      if (reason !== undefined) {
        this.notes.push(`${workload.kind} ${workload.name} is left out: ${reason}`);
      } else if (workload.variables.length === 0) {
        this.notes.push(...workload.notes.map((note) => `${workload.kind} ${workload.name} ${note}`));
      } else {
        names.add(vaultRole);
        accepted.push({
          workload: workload as Accepted['workload'],
          notes: [...workload.notes],
          values: new Map(),
        });
      }
    }
    // Fields that are known get their names first.
    this.addValues(accepted, (variable) => variable.origin.type !== 'undecided');
    this.addValues(accepted, (variable) => variable.origin.type === 'undecided');
    this.accepted = accepted.filter(({ values }) => values.size > 0);
    for (const { workload, notes } of accepted.filter(({ values }) => values.size === 0)) {
      this.notes.push(...notes.map((note) => `${workload.kind} ${workload.name} ${note}`));
    }
  }

  private addValues(accepted: readonly Accepted[], isMeant: (variable: FoundVariable) => boolean): void {
    for (const { workload, notes, values } of accepted) {
      for (const variable of workload.variables.filter(isMeant)) {
        if (!isUsable(variable.name)) {
          notes.push(`gets ${JSON.stringify(variable.name)}, which is left out: a secret cannot have this name`);
        } else {
          values.set(variable.name, this.valueOf(workload, variable));
        }
      }
    }
  }

  private valueOf(workload: FoundWorkload, { name, origin, source }: FoundVariable): Value {
    switch (origin.type) {
      case 'field':
        return this.secrets.add(origin.field);
      case 'composed': {
        const said = composedCode(origin.parts.map((part) => ('text' in part ? part : { reference: 'a.b' })));
        if (said) {
          return origin.parts.map((part) => ('text' in part ? part : this.secrets.add(part)));
        }
        const [near] = origin.parts.filter((part): part is RemoteField => !('text' in part));
        return this.undecided(
          near?.path,
          name,
          'was composed by a template: write it with url`...`, or seed the whole value',
        );
      }
      case 'undecided': {
        const group = source === undefined ? workload.name : source.secret.replace(/-(?:secrets?|credentials)$/, '');
        const note =
          source === undefined
            ? 'stood in a file: replace the value, since whoever reads the repository has it'
            : `was in the Secret ${source.secret}: write its value with "nivesh-secrets seed"`;
        return this.undecided(
          origin.near?.path ?? `${this.catalogName}/${group}`,
          source?.key ?? name,
          origin.near === undefined ? note : 'was computed by a template: decide how it is made',
        );
      }
    }
  }

  private undecided(path: string | undefined, variable: string, note: string): Field {
    const [where, wanted] = [path ?? this.catalogName, variable.toLowerCase()];
    const isKnown = this.secrets.has(where, wanted) && !this.made.has(`${where} ${wanted}`);
    const property = isKnown ? `${wanted}_value` : wanted;
    this.made.add(`${where} ${property}`);
    return this.secrets.add({ path: where, property }, note);
  }

  /** The workloads in the order of their names, variables too. */
  drafted(): DraftedWorkload[] {
    const reference = this.secrets.references();
    return this.accepted.map(({ workload: { name, namespace, kind }, notes, values }) => ({
      name,
      kind,
      namespace: namespace ?? this.namespace,
      notes: [...notes, ...(namespace === undefined ? ['says no namespace: correct it here'] : [])],
      variables: [...values]
        .sort(([a], [b]) => compare(a, b))
        .map(([variable, value]) => ({ name: variable, code: codeOf(value, reference) })),
    }));
  }
}

/** Whether a secret can have the name of a variable. `__proto__: x` in an object is no key. */
export function isUsable(variable: string): boolean {
  return variableName.test(variable) && !reservedVariables.has(variable) && variable !== '__proto__';
}

function codeOf(value: Value, reference: (field: Field) => string): ComposedCode {
  if (!isComposed(value)) {
    return { lines: [reference(value)], uses: [] };
  }
  const code = composedCode(value.map((part) => ('text' in part ? part : { reference: reference(part) })));
  if (!code) {
    throw new Error('a composed value was accepted and cannot be written');
  }
  return code;
}

function isComposed(value: Value): value is readonly (Field | { readonly text: string })[] {
  return Array.isArray(value);
}

/** Whether a namespace can have this name. */
export function isNamespace(name: string): boolean {
  return label.test(name) && name.length <= 63;
}

function refusal({ name, namespace, kind }: FoundWorkload): string | undefined {
  const longest = Object.entries(longestWorkloadName).find(([known]) => known === kind)?.[1];
  if (longest === undefined) {
    return 'a catalog has Deployments, StatefulSets and CronJobs';
  }
  if (!label.test(name) || name.length > longest) {
    return `its name is no label of at most ${longest} characters`;
  }
  return namespace === undefined || isNamespace(namespace) ? undefined : 'its namespace is no label';
}
