/** The cdk8s app: `npx cdk8s synth` writes one folder an environment for review, and for GitOps. */
import { environments } from '../environments';
import { EnvironmentChart, isDeliveredInCluster, ManifestApp } from '../lib/kubernetes';
import { addWorkloads } from './workloads';

const app = new ManifestApp();
for (const environment of environments.filter(isDeliveredInCluster)) {
  new EnvironmentChart(app, environment.name, { environment, addWorkloads });
}
app.synth();
