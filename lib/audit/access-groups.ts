import { compare } from '../catalog';
import type { AnsweredAccess } from './access';
import type { Identity } from './identity';

/** What one identity did with one secret in one way. */
export interface AccessGroup {
  readonly identity: Identity;
  /** Below the mount. */
  readonly path: string;
  readonly action: string;
  /** RFC 3339, as the log has them. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
  /** Names of the fields in the answers. */
  readonly keys: readonly string[];
  readonly versions: readonly number[];
  readonly addresses: readonly string[];
  /** Why nothing was given or done. @default - it succeeded */
  readonly refusal?: string;
}

interface Growing {
  readonly sample: AnsweredAccess;
  first: string;
  firstAt: number;
  last: string;
  lastAt: number;
  count: number;
  readonly keys: Set<string>;
  readonly versions: Set<number>;
  readonly addresses: Set<string>;
}

/** Groups accesses by identity, secret, action and refusal, so that memory grows with who asked and not with how often. */
export class AccessGroups {
  readonly #groups = new Map<string, Growing>();

  add(access: AnsweredAccess): void {
    const { identity, path, action, time, refusal = '' } = access;
    const at = Date.parse(time);
    const key = [identity.kind, identity.name, identity.detail, path, action, refusal].join('\n');
    let group = this.#groups.get(key);
    if (!group) {
      group = {
        ...{ sample: access, first: time, firstAt: at, last: time, lastAt: at, count: 0 },
        ...{ keys: new Set(), versions: new Set(), addresses: new Set() },
      };
      this.#groups.set(key, group);
    }
    group.count++;
    if (at < group.firstAt) {
      [group.first, group.firstAt] = [time, at];
    }
    if (at >= group.lastAt) {
      [group.last, group.lastAt] = [time, at];
    }
    for (const name of access.keys) {
      group.keys.add(name);
    }
    if (access.version !== undefined) {
      group.versions.add(access.version);
    }
    if (access.address !== undefined) {
      group.addresses.add(access.address);
    }
  }

  /** Sorted by identity, secret and action. */
  list(): AccessGroup[] {
    return [...this.#groups.values()].map(finished).sort((a, b) => compare(orderOf(a), orderOf(b)));
  }
}

function finished({ sample, first, last, count, keys, versions, addresses }: Growing): AccessGroup {
  const { identity, path, action, refusal } = sample;
  return {
    ...{ identity, path, action, first, last, count },
    keys: [...keys].sort(compare),
    versions: [...versions].sort((a, b) => a - b),
    addresses: [...addresses].sort(compare),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function orderOf({ identity, path, action, refusal = '' }: AccessGroup): string {
  return [identity.name, identity.detail, path, action, refusal].join('\n');
}
