import type { VaultClient } from '../../../vault/client';
import type { Changes, PropertyChange } from '../diff';
import type {
  CheckFailure,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  ReadRequest,
  ResourceHandler,
  ResourceState,
  UpdateRequest,
} from '../resource-provider';
import { hasUnknown, isList, type PropertyMap, type PropertyValue, sameValue, textOf, unknownValue } from '../values';
import { fromVault, sameFieldValue, wrongType } from './field-values';
import { tidyPath } from './paths';
import { emptyValue, vaultName, type VaultResourceType } from './resource-type';

const defaultsKey = '__defaults';
const metaKey = '__meta';

/** The arguments that the program gave, without the list of those that have their defaults. */
function argumentsIn(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== defaultsKey));
}

/** The operations of one type of Vault resource, from its table of arguments. */
export class VaultResource implements ResourceHandler {
  constructor(
    private readonly type: VaultResourceType,
    private readonly client: () => VaultClient,
  ) {}

  check(inputs: PropertyMap, oldInputs: PropertyMap): Promise<CheckResult> {
    const { fields, fixed = [] } = this.type;
    const given = argumentsIn(inputs);
    const failures: CheckFailure[] = Object.entries(given).flatMap(([property, value]) =>
      this.problems(property, value),
    );
    for (const [property, field] of Object.entries(fields)) {
      if (field.required && given[property] === undefined) {
        failures.push({ property, reason: `is missing, it must be given` });
      }
    }
    for (const property of fixed) {
      const [before, after] = [oldInputs[property], given[property]];
      if (before !== undefined && after !== undefined && !sameValue(before, after)) {
        const reason = `cannot move from ${JSON.stringify(before)} to ${JSON.stringify(after)} here; declare a new resource`;
        failures.push({ property, reason });
      }
    }
    failures.push(...(this.type.check?.(given) ?? []));
    const missing = Object.keys(fields).filter(
      (name) => fields[name]?.default !== undefined && given[name] === undefined,
    );
    const defaults = Object.fromEntries(missing.map((name) => [name, fields[name]?.default ?? null]));
    return Promise.resolve({ inputs: { ...given, ...defaults, [defaultsKey]: missing }, failures });
  }

  private problems(property: string, value: PropertyValue): CheckFailure[] {
    const { fields, refused = [] } = this.type;
    const field = fields[property];
    if (field) {
      const reason = wrongType(field, value);
      return reason === undefined ? [] : [{ property, reason }];
    }
    const reason = refused.includes(property)
      ? 'is not carried by the stand-in for the vault provider; leave it out, or use the published plugin'
      : `is no argument of this resource; it has ${Object.keys(fields).join(', ')}`;
    return [{ property, reason }];
  }

  diff({ state, inputs }: DiffRequest): Promise<DiffResult> {
    return Promise.resolve({ changes: this.changes(state, inputs) });
  }

  private changes(state: PropertyMap, inputs: PropertyMap): Changes {
    const changes = new Map<string, PropertyChange>();
    for (const [property, field] of Object.entries(this.type.fields)) {
      const [before, after] = [state[property], inputs[property]];
      const decided = after !== undefined || !field.computed;
      if (decided && (hasUnknown(after) || !sameFieldValue(field, before, after))) {
        const kind = before === undefined ? 'add' : after === undefined ? 'delete' : 'update';
        changes.set(property, { kind, replace: field.replaces ?? false });
      }
    }
    return changes;
  }

  async create({ inputs, preview }: CreateRequest): Promise<ResourceState> {
    const given = argumentsIn(inputs);
    if (preview) {
      return { id: '', state: this.expected(given) };
    }
    await this.type.create({ client: this.client(), inputs: given });
    return await this.stateOf(this.type.id(given), given);
  }

  /** What a preview can say: the arguments, and that Vault gives the rest. */
  private expected(given: PropertyMap): PropertyMap {
    const { fields, outputs = [] } = this.type;
    const computed = Object.keys(fields).filter((name) => fields[name]?.computed && given[name] === undefined);
    return { ...Object.fromEntries([...computed, ...outputs].map((name) => [name, unknownValue])), ...given };
  }

  private async stateOf(id: string, given: PropertyMap): Promise<ResourceState> {
    const state = await this.find(id, given);
    if (!state) {
      throw new Error(`vault has no ${id} right after it was written; was it deleted meanwhile?`);
    }
    return { id, state };
  }

  private async find(id: string, given: PropertyMap): Promise<PropertyMap | undefined> {
    const { fields, outputs = [], schemaVersion } = this.type;
    const raw = await this.type.read(this.client(), id);
    if (!raw) {
      return undefined;
    }
    const state: Record<string, PropertyValue> = {};
    for (const [property, field] of Object.entries(fields)) {
      const value = field.kept ? given[property] : fromVault(field, raw[vaultName(property, field)], given[property]);
      if (value !== undefined) {
        state[property] = value;
      }
    }
    for (const output of outputs) {
      state[output] = (raw[output] ?? '') as PropertyValue;
    }
    const meta =
      schemaVersion === undefined ? {} : { [metaKey]: JSON.stringify({ schema_version: String(schemaVersion) }) };
    return { ...state, ...this.identity(id, given), ...meta, id };
  }

  /** The arguments that the id tells, in the form that the program gave them: with or without slashes at the ends. */
  private identity(id: string, given: PropertyMap): PropertyMap {
    const same = (name: string, value: PropertyValue): boolean => tidyPath(textOf(given[name])) === value;
    const told = Object.entries(this.type.fromId(id));
    return Object.fromEntries(told.map(([name, value]) => [name, same(name, value) ? (given[name] ?? value) : value]));
  }

  async read({ id, state, inputs }: ReadRequest): Promise<(ResourceState & { inputs: PropertyMap }) | undefined> {
    const found = await this.find(id, { ...state, ...inputs });
    return found && { id, state: found, inputs: this.inputsOf(found, inputs) };
  }

  /** The arguments that would give the state: those of the program with Vault's values, and those that Vault has besides. */
  private inputsOf(state: PropertyMap, inputs: PropertyMap): PropertyMap {
    const found: Record<string, PropertyValue> = {};
    for (const [property, field] of Object.entries(this.type.fields)) {
      const value = state[property];
      const besides = !field.computed && !sameFieldValue(field, value, undefined);
      if (value !== undefined && (property in inputs || besides)) {
        found[property] = value;
      }
    }
    return { ...found, [defaultsKey]: isList(inputs[defaultsKey]) ? inputs[defaultsKey] : [] };
  }

  async update({ id, state, inputs, preview }: UpdateRequest): Promise<ResourceState> {
    const given = argumentsIn(inputs);
    const changed = [...this.changes(state, given).keys()];
    if (preview) {
      const removed = new Set(changed.filter((name) => given[name] === undefined));
      const kept = Object.entries(state).filter(([name]) => !removed.has(name));
      return { id, state: { ...Object.fromEntries(kept), ...given } };
    }
    const removed = changed.filter((name) => given[name] === undefined);
    const emptied = Object.fromEntries(removed.map((name) => [name, this.emptyOf(name)]));
    await this.type.update?.({ client: this.client(), inputs: { ...given, ...emptied } }, new Set(changed));
    return await this.stateOf(id, given);
  }

  private emptyOf(name: string): PropertyValue {
    const field = this.type.fields[name];
    return field ? emptyValue(field) : null;
  }

  async delete({ id }: DeleteRequest): Promise<void> {
    await this.type.delete(this.client(), id);
  }
}
