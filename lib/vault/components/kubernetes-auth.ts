import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import type { KubernetesAuthSettings } from '../../catalog';
import { kubernetesAuthConfig } from '../kubernetes-auth-config';
import type { TokenReviewerHooks } from '../token-reviewer';

/** See {@link KubernetesAuth}. */
export interface KubernetesAuthArgs {
  readonly settings: KubernetesAuthSettings;
  /** Needed with the reviewer `token-reviewer-jwt`, not used with the others. */
  readonly tokenReviewer?: TokenReviewerHooks;
}

/** Vault's Kubernetes auth method, and its knowledge of the cluster. */
export class KubernetesAuth extends pulumi.ComponentResource {
  readonly backend: vault.AuthBackend;
  readonly config: vault.kubernetes.AuthBackendConfig;

  constructor(name: string, args: KubernetesAuthArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:vault:KubernetesAuth', name, {}, options);
    const { settings, tokenReviewer } = args;
    this.backend = new vault.AuthBackend(
      `${name}-backend`,
      { type: 'kubernetes', path: settings.mount },
      { parent: this },
    );
    const needsToken = settings.reviewer === 'token-reviewer-jwt';
    if (needsToken && !tokenReviewer) {
      throw new Error('the reviewer token-reviewer-jwt needs tokenReviewer, which brings its token to Vault');
    }
    this.config = new vault.kubernetes.AuthBackendConfig(
      `${name}-config`,
      { backend: this.backend.path, ...kubernetesAuthConfig(settings) },
      { parent: this, ...(needsToken && tokenReviewer ? { hooks: hooksOf(tokenReviewer) } : {}) },
    );
    this.registerOutputs({ path: this.backend.path });
  }
}

function hooksOf({ check, write }: TokenReviewerHooks): pulumi.ResourceHookBinding {
  return { beforeCreate: [check], beforeUpdate: [check], afterCreate: [write], afterUpdate: [write] };
}
