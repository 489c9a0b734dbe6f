import { fieldId, type Problem } from '../catalog';
import type { RotationContext } from './strategy';

/** Fields of the rotated secret that Vault must hold before they can be replaced. */
export async function fieldProblems(
  { kv, field, environment }: RotationContext,
  fields: readonly string[],
): Promise<Problem[]> {
  const { path } = field.secret;
  const state = await kv.state(path);
  if (state.deleted) {
    return [
      {
        path: `${kv.mount}/${path}`,
        what: 'the current version was deleted, so there is no value to replace',
        got: `version ${state.version}, deleted`,
        allowed: 'a current version that can be read',
        fix: `vault kv undelete -mount=${kv.mount} -versions=${state.version} ${path}`,
      },
    ];
  }
  return fields
    .filter((name) => !state.fields.includes(name))
    .map((name) => ({
      path: `${kv.mount}/${path}`,
      what: 'Vault has no value of the field yet',
      got: `no ${fieldId(field.secret, name)}`,
      allowed: 'fields that have a first value',
      fix: `nivesh-secrets seed --environment ${environment.name}`,
    }));
}
