import { type Catalog, type EnvironmentValue, type HostMap, type Problem, quoted, referencesOf } from '../catalog';
import { composeValue } from '../dotenv/field-values';
import type { SecretValue } from '../values/secret-value';
import { guardFields, looksRandom } from './randomness';

/** A value on its way into a sealed file. */
export interface VariableValue {
  readonly value: SecretValue;
  /** Whether nobody can guess it. */
  readonly isRandom: boolean;
  /**
   * The random value of a field in it that no other workload reads: who has it may test guesses about this workload.
   * @default - there is none
   */
  readonly guard?: SecretValue;
}

/** Values of fields, by `path.field`. */
export type FieldValues = ReadonlyMap<string, SecretValue>;

/** See {@link variableValues}. */
export interface ComposedVariables {
  /** Variables whose fields were all given. */
  readonly values: ReadonlyMap<string, VariableValue>;
  /** Variables of which some fields were given and others not. */
  readonly problems: readonly Problem[];
}

/**
 * What the variables of a workload hold, composed of fields: URLs are percent-encoded and joined here, so that the
 * sealed value is the final one.
 */
export function variableValues(
  catalog: Catalog,
  workload: string,
  fields: FieldValues,
  hosts: HostMap,
): ComposedVariables {
  const values = new Map<string, VariableValue>();
  const problems: Problem[] = [];
  const guards = guardFields(catalog, workload);
  for (const [variable, declared] of Object.entries(catalog.workloads[workload]?.env ?? {})) {
    const ids = [...new Set(referencesOf(declared).map(({ id }) => id))];
    const absent = ids.filter((id) => !fields.has(id));
    const value = composeValue(declared, hosts, ({ id }) => fields.get(id));
    if (value) {
      values.set(variable, describe(value, declared, fields, guards.get(variable)));
    } else if (absent.length < ids.length) {
      problems.push({
        path: `workloads.${workload}.env.${variable}`,
        what: 'the variable is composed of several fields, and not all were given',
        got: ids
          .filter((id) => fields.has(id))
          .map(quoted)
          .join(', '),
        allowed: 'all of its fields, or none',
        fix: `give ${absent.join(' and ')} too`,
      });
    }
  }
  return { values, problems };
}

function describe(
  value: SecretValue,
  declared: EnvironmentValue,
  fields: FieldValues,
  guardId: string | undefined,
): VariableValue {
  const random = referencesOf(declared).filter(({ id, declaration }) => {
    const text = fields.get(id)?.reveal();
    return text !== undefined && looksRandom(declaration.source, text);
  });
  const guard = random.some(({ id }) => id === guardId) ? fields.get(guardId ?? '') : undefined;
  return { value, isRandom: random.length > 0, ...(guard ? { guard } : {}) };
}
