import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import type { AuditDeviceSettings } from '../../catalog';

/** See {@link AuditDevices}. */
export interface AuditDevicesArgs {
  /** Two or more: Vault refuses every request while none of its devices can be written to. */
  readonly devices: readonly AuditDeviceSettings[];
}

/** Where Vault records every request. Values are hashed there (https://developer.hashicorp.com/vault/docs/audit). */
export class AuditDevices extends pulumi.ComponentResource {
  readonly devices: readonly vault.Audit[];

  constructor(name: string, args: AuditDevicesArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:vault:AuditDevices', name, {}, options);
    this.devices = args.devices.map(
      (device) =>
        new vault.Audit(
          `${name}-${device.name}`,
          { type: 'file', path: device.name, options: { file_path: device.filePath } },
          { parent: this },
        ),
    );
    this.registerOutputs({ paths: this.devices.map(({ path }) => path) });
  }
}
