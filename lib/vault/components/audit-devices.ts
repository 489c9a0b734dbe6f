import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import type { AuditDeviceSettings } from '../../catalog';

/** See {@link AuditDevices}. */
export interface AuditDevicesArgs {
  /** Two or more: Vault refuses every request while none of its devices can be written to. */
  readonly devices: readonly AuditDeviceSettings[];
}

/**
 * Where Vault records every request. Values are hashed there (https://developer.hashicorp.com/vault/docs/audit).
 * Devices are enabled one after the other, and before anything else: while Vault enables its first one, it fails other
 * requests with an internal error ("cannot write to storage during setup"). And so every change is recorded.
 */
export class AuditDevices extends pulumi.ComponentResource {
  /** What everything else in Vault has to depend on. */
  readonly devices: readonly vault.Audit[];

  constructor(name: string, args: AuditDevicesArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:vault:AuditDevices', name, {}, options);
    const devices: vault.Audit[] = [];
    for (const device of args.devices) {
      const previous = devices.at(-1);
      devices.push(
        new vault.Audit(
          `${name}-${device.name}`,
          { type: 'file', path: device.name, options: { file_path: device.filePath } },
          { parent: this, dependsOn: previous ? [previous] : [] },
        ),
      );
    }
    this.devices = devices;
    this.registerOutputs({ paths: this.devices.map(({ path }) => path) });
  }
}
