import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import type { Platform } from '../../../lib/embedded';
import type { PulumiProgram } from '../../../lib/embedded/main-job';
import { isDeclared, nameOf, resourcesOf, type StateFile } from './stack-state';

/** The class of a package's resource would only check the arguments. */
class PlainResource extends pulumi.CustomResource {}

/**
 * A program without this library: it registers the resources of a state with their types, names and arguments, one beside
 * the other, with no component around them and nothing to wait for.
 */
export function flatProgram(platform: Platform, state: StateFile): PulumiProgram {
  return () => {
    const onVault = { address: platform.vaultAddress, caCertFile: platform.vaultCaCertPath };
    const providers: Record<string, pulumi.ProviderResource> = {
      vault: new vault.Provider('vault', { ...onVault, skipChildToken: true, skipTlsVerify: false }),
      kubernetes: new kubernetes.Provider('kubernetes', {
        kubeconfig: platform.kubeconfigPath,
        enableServerSideApply: true,
        enablePatchForce: true,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      }),
    };
    for (const resource of resourcesOf(state).filter(isDeclared)) {
      const { type, custom, inputs = {} } = resource;
      const provider = providers[type.split(':')[0] ?? ''];
      if (custom && provider) {
        const given = Object.entries(inputs).filter(([name]) => !name.startsWith('__'));
        new PlainResource(type, nameOf(resource), Object.fromEntries(given), { provider });
      } else {
        new pulumi.ComponentResource(type, nameOf(resource));
      }
    }
    return Promise.resolve({});
  };
}
