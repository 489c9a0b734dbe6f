import type { RotationContext } from './strategy';

/**
 * What to do where somebody else has changed what a rotation wrote. Never "vault kv rollback": it would take back the
 * other fields of the path too.
 */
export function beginAnew({ environment, field, mode, kv }: RotationContext): string {
  return mode === 'overlap'
    ? `begin anew from what is there now: nivesh-secrets rotate ${field.id} --environment ${environment.name} --revoke-now`
    : // A revocation is never broken off, so it goes on only with what it wrote.
      `write what the version in the journal has back, with "vault kv patch -mount=${kv.mount} ${field.secret.path} <field>=-" for each field of it that changed, then start the same command again`;
}
