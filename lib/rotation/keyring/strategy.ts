import type { KeyringRotation } from '../../catalog';
import { Keyring } from '../../encryption';
import type { PhaseResult, RotationContext, RotationMode, RotationPhase, RotationStrategy } from '../strategy';
import { awaitEvidence } from './evidence';
import { findProblems } from './problems';
import { currentKeys, newKeyOf, publish, publishNewKey, requireKey } from './publish-keys';
import { reencryptData, type ReencryptionPlace } from './reencryption';
import type { Keys } from './stored-keys';

type Context = RotationContext<KeyringRotation>;
type Phase = RotationPhase<KeyringRotation>;

/**
 * A new encryption key for data that is read and written all the time: add the key everywhere, make it the one that
 * encrypts, re-encrypt what is stored, remove the old key. In each phase every process reads what those of the phase
 * before write, as Tink asks for it (https://developers.google.com/tink/key-management-overview#key_rotation).
 * The keys that Vault holds say how far a rotation is; the journal has their ids.
 */
export function keyringStrategy(place: ReencryptionPlace = {}): RotationStrategy<KeyringRotation> {
  return {
    name: 'keyring',
    takes: ['evidence'],
    phases: (mode: RotationMode): readonly Phase[] =>
      mode === 'revoke-now'
        ? [replace, reencrypt(place), remove(place)]
        : [add, promote, reencrypt(place), remove(place)],
    check: async (context) => await findProblems(context, place),
    breaks: ({ targets }) => [
      'until every pod has restarted, pods that have not cannot read what the restarted ones write',
      targets === undefined
        ? 'the leaked key reads everything that is not re-encrypted yet, and nobody here re-encrypts it'
        : 'the leaked key reads everything that is not re-encrypted yet',
      'it reads copies of the data for ever: backups, dumps, replicas',
    ],
  };
}

const add: Phase = {
  name: 'add',
  summary: 'add a fresh key that only decrypts, and bring it to everything that reads the data',
  run: async (context) => await publishNewKey(context, 'add', (keys) => keys.withNewKey().keyring),
};

const promote: Phase = {
  name: 'promote',
  summary: 'encrypt with the fresh key; the old ones still decrypt',
  run: async (context) => {
    const key = newKeyOf(context);
    return await publish(context, 'promote', (keys) => {
      requireKey(context, keys.keyIds.includes(key));
      return keys.withActive(key);
    });
  },
};

const replace: Phase = {
  name: 'replace',
  summary: 'encrypt with a fresh key at once; the old ones still decrypt',
  run: async (context) =>
    await publishNewKey(context, 'replace', (keys) => {
      const { keyring, keyId } = keys.withNewKey();
      return keyring.withActive(keyId);
    }),
};

function reencrypt(place: ReencryptionPlace): Phase {
  return {
    name: 'reencrypt',
    summary: 'replace what the old keys encrypted, until none of it is left, counted twice',
    run: async (context) => {
      const keys = await currentKeys(context);
      requireKey(context, keys.active === newKeyOf(context));
      return await withoutOldData(context, keys, place);
    },
  };
}

function remove(place: ReencryptionPlace): Phase {
  return {
    name: 'remove',
    summary: 'remove the old keys: nothing is left that they can read',
    run: async (context) => {
      const key = newKeyOf(context);
      const keys = await currentKeys(context);
      requireKey(context, keys.active === key);
      if (keys instanceof Keyring && keys.keyIds.length > 1 && hasTargets(context)) {
        // Time may have passed since the phase before; a key goes only after two counts of this very run.
        const counted = await reencryptData(context, keys, place);
        if (!counted.done) {
          return counted;
        }
      }
      return await publish(context, 'remove', (current) => {
        requireKey(context, current.active === key);
        return current.keyIds.filter((id) => id !== key).reduce<Keys>((left, id) => left.without(id), current);
      });
    },
  };
}

/** Comes back done when no stored value needs another key than the active one. */
async function withoutOldData(context: Context, keys: Keys, place: ReencryptionPlace): Promise<PhaseResult> {
  return keys instanceof Keyring && hasTargets(context)
    ? await reencryptData(context, keys, place)
    : await awaitEvidence(context, keys.active);
}

function hasTargets({ field }: Context): boolean {
  return field.declaration.rotation.targets !== undefined;
}
