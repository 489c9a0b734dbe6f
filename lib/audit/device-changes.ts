import { identityOf } from './identity';
import { refusalOf, type VaultEntry } from './vault-entry';

/** An audit device that was enabled or disabled, or should have been. */
export interface DeviceChange {
  readonly time: string;
  readonly device: string;
  readonly change: 'enabled' | 'disabled';
  readonly by: string;
  /** Whether Vault's answer is in the log. A device that is disabled does not record it. */
  readonly confirmed: boolean;
}

/** Name in the request with which Vault tries a device before it enables it. */
const trial = 'test';

/** Collects the changes of audit devices from the entries about them. */
export class DeviceChanges {
  readonly #changes = new Map<string, DeviceChange | undefined>();

  /** Takes an entry whatever it is about. */
  add(entry: VaultEntry): void {
    const { path, operation, id } = entry.request;
    if (!path.startsWith('sys/audit/')) {
      return;
    }
    const device = /^sys\/audit\/(.+?)\/?$/.exec(path)?.[1];
    const change = operation === 'delete' ? 'disabled' : operation === 'read' || operation === 'list' ? '' : 'enabled';
    if (device === undefined || change === '' || (device === trial && !entry.auth)) {
      return;
    }
    const known = this.#changes.get(id);
    if (refusalOf(entry) !== undefined) {
      this.#changes.set(id, undefined);
    } else if (entry.type === 'response' || !this.#changes.has(id)) {
      const { name } = identityOf(entry);
      const confirmed = entry.type === 'response' || (known?.confirmed ?? false);
      this.#changes.set(id, { time: entry.time, device, change, by: name, confirmed });
    }
  }

  /** In order of time. */
  list(): DeviceChange[] {
    return [...this.#changes.values()]
      .flatMap((change) => change ?? [])
      .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  }
}
