import { ApiObject, App, Chart } from 'cdk8s';
import type { Environment, ExternalSecretsDelivery } from '../../../lib/catalog';
import { VaultDelivery, VaultGuardrails } from '../../../lib/kubernetes';
import type { KubernetesObject } from '../../../lib/kubernetes/client';

/** What an environment of services has in its cluster: as Nivesh's has, with one small Deployment a service. */
export function serviceObjects(environment: Environment<ExternalSecretsDelivery>): KubernetesObject[] {
  const { workloads } = environment.catalog;
  const chart = new Chart(new App(), environment.name);
  for (const name of new Set(Object.values(workloads).map(({ namespace }) => namespace))) {
    new ApiObject(chart, `${name}-namespace`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  new VaultGuardrails(chart, 'Guardrails', { environment });
  const delivery = new VaultDelivery(chart, 'Delivery', { environment });
  for (const [name, { namespace }] of Object.entries(workloads)) {
    const labels = { app: name };
    const deployment = new ApiObject(chart, name, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        // How fast pods start is not what is measured.
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name, image: 'bench/service:1.0.0' }] } },
      },
    });
    delivery.secretOf(name).wire(deployment);
  }
  return chart.toJson() as KubernetesObject[];
}
