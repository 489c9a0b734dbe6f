import { configureKubernetes, type KubernetesSettings } from './kubernetes/configuration';
import { ObjectResource } from './kubernetes/resource';
import { type ResourceProvider, UnsupportedError } from './resource-provider';
import { serve } from './server';
import type { PropertyMap } from './values';

const objectType = /^kubernetes:([a-z0-9.-]+)\/(v[a-z0-9]+):([A-Z][A-Za-z0-9]*)$/;

/** Stand-in for the published `kubernetes` plugin: any kind of object, by the API server's HTTP interface. */
export class KubernetesProvider implements ResourceProvider {
  readonly name = 'kubernetes';
  readonly version = '4.34.2';
  #settings: KubernetesSettings | undefined;

  async configure(config: PropertyMap): Promise<void> {
    this.#settings = await configureKubernetes(config);
  }

  resource(type: string): ObjectResource {
    const [, group = '', version = '', kind = ''] = objectType.exec(type) ?? [];
    // Charts, patches and lists are no objects of the API server.
    if (kind === '' || ['helm.sh', 'kustomize', 'yaml'].includes(group) || /(?:Patch|List)$/.test(kind)) {
      throw new UnsupportedError(
        `the stand-in for the kubernetes provider does not carry ${type}; it carries plain objects, ` +
          `kubernetes:<group>/<version>:<Kind>. ${hint(group)}`,
      );
    }
    const apiVersion = group === 'core' ? version : `${group}/${version}`;
    return new ObjectResource({ apiVersion, kind }, () => this.settings());
  }

  private settings(): KubernetesSettings {
    if (!this.#settings) {
      throw new Error('the kubernetes provider has no cluster yet');
    }
    return this.#settings;
  }
}

function hint(group: string): string {
  return group === 'helm.sh'
    ? 'Name the operator among those that are installed already, or use the published plugin'
    : 'Declare the objects one by one, or use the published plugin';
}

if (require.main === module) {
  void serve(new KubernetesProvider());
}
