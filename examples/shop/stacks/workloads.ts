import type { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { type ClusterEnvironment, type EnvironmentDelivery, environmentObjects } from 'nivesh-secrets/kubernetes';

/** Deployments, each with the variables of its Secret. Leave them out where Helm deploys them. */
export function addWorkloads(chart: Chart, delivery: EnvironmentDelivery): void {
  const secret = delivery.secretOf('shop-backend');
  const deployment = new kplus.Deployment(chart, 'shop-backend', {
    metadata: { name: 'shop-backend', namespace: secret.namespace },
  });
  deployment.addContainer({
    name: 'backend',
    image: 'shop/backend:1.0.0',
    portNumber: 3000,
    // The namespace enforces the Pod Security standard "restricted".
    securityContext: {
      user: 10001,
      capabilities: { drop: [kplus.Capability.ALL] },
      seccompProfile: { type: kplus.SeccompProfileType.RUNTIME_DEFAULT },
    },
  });
  secret.wire(deployment);
}

export function objectsOf(environment: ClusterEnvironment) {
  return environmentObjects(environment, addWorkloads);
}
