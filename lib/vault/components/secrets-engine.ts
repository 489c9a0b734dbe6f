import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import type { VaultSettings } from '../../catalog';
import { mountDescription } from '../secrets-mount';

/** See {@link SecretsEngine}. */
export interface SecretsEngineArgs {
  readonly settings: Pick<VaultSettings, 'mount' | 'maxVersions'>;
  /** Name of the catalog whose secrets it holds. */
  readonly catalogName: string;
  /** Takes over the mount that exists, instead of making one. No effect once the stack has it. @default false */
  readonly takeOver?: boolean;
  /** Destroys the mount, and every value in it, with the stack. @default false */
  readonly destroyValues?: boolean;
}

/**
 * The KV version 2 engine that holds the values. It outlives its stack, because values exist nowhere else.
 * Writers have to use check-and-set: two of them at once cannot undo each other's work. Reading needs nothing.
 */
export class SecretsEngine extends pulumi.ComponentResource {
  readonly mount: vault.Mount;
  readonly config: vault.kv.SecretBackendV2;

  constructor(name: string, args: SecretsEngineArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:vault:SecretsEngine', name, {}, options);
    const { mount: path, maxVersions } = args.settings;
    const retainOnDelete = !(args.destroyValues ?? false);
    this.mount = new vault.Mount(
      `${name}-mount`,
      { path, type: 'kv', options: { version: '2' }, description: mountDescription(args.catalogName) },
      { parent: this, retainOnDelete, ...(args.takeOver ? { import: path } : {}) },
    );
    this.config = new vault.kv.SecretBackendV2(
      `${name}-config`,
      { mount: this.mount.path, maxVersions, casRequired: true },
      { parent: this, retainOnDelete },
    );
    this.registerOutputs({ path: this.mount.path });
  }
}
