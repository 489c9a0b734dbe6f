import type { KeyringRotation } from '../../catalog';
import { beginAnew } from '../begin-anew';
import { RotationError } from '../errors';
import { publishAndDeliver, publishOnce, type PublishOptions } from '../publish';
import type { PhaseResult, RotationContext } from '../strategy';
import { fieldsOf, type Keys, readKeys, writeKeys } from './stored-keys';

type Context = RotationContext<KeyringRotation>;

/** Publishes keys with a fresh one among them, whose id the journal keeps. */
export async function publishNewKey(
  context: Context,
  phase: string,
  change: (keys: Keys) => Keys,
): Promise<PhaseResult> {
  const { field, kv } = context;
  const published = await publishOnce(context, optionsOf(context, phase, change));
  // Not what the phase replaces: a run that was overtaken may have added a key of its own after that.
  const { base = published.previousVersion } = context.factsOf(phase);
  const [before, after] = await Promise.all(
    [Number(base), published.version].map(async (version) => {
      const found = await kv.readVersion(field.secret.path, version);
      return found && readKeys(field, found.data).keyIds;
    }),
  );
  const key = after?.find((id) => before?.includes(id) === false);
  requireKey(context, key !== undefined);
  await context.delivery.deliver(published);
  return { done: true, facts: { version: published.version, key } };
}

/** Publishes other keys, or the same ones in another role. */
export async function publish(context: Context, phase: string, change: (keys: Keys) => Keys): Promise<PhaseResult> {
  return await publishAndDeliver(context, optionsOf(context, phase, change));
}

function optionsOf({ field }: Context, phase: string, change: (keys: Keys) => Keys): PublishOptions {
  return {
    phase,
    fields: phase === 'remove' ? fieldsOf(field) : fieldsOf(field).slice(0, 1),
    values: (current) => {
      const before = readKeys(field, current);
      return writeKeys(field, change(before), before);
    },
  };
}

/** The keys that Vault holds now. */
export async function currentKeys({ kv, field }: Context): Promise<Keys> {
  const current = await kv.read(field.secret.path);
  if (!current) {
    throw new RotationError(
      `${kv.mount}/${field.secret.path} has no current version`,
      `vault kv undelete -mount=${kv.mount} ${field.secret.path}`,
    );
  }
  return readKeys(field, current.data);
}

/** Id of the key that this rotation brings. */
export function newKeyOf(context: Context): string {
  const { key } = context.factsOf(context.mode === 'revoke-now' ? 'replace' : 'add');
  requireKey(context, typeof key === 'string');
  return key;
}

/** The keys in Vault are those that this rotation left there, and nothing else is done to them. */
export function requireKey(context: Context, found: boolean): asserts found {
  if (!found) {
    const { kv, field } = context;
    throw new RotationError(
      `the keys in ${kv.mount}/${field.secret.path} are not those that this rotation left there: somebody else has changed ${field.id}`,
      `make sure that every key that stored data needs is in the keyring, then ${beginAnew(context)}`,
    );
  }
}
