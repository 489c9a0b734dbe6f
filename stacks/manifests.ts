/** The cdk8s app: `npx cdk8s synth` writes one folder an environment for review, and for GitOps. */
import { environments } from '../environments';
import { ManifestApp } from '../lib/kubernetes';
import { EnvironmentChart, isDeliveredInCluster } from './environment-chart';

const app = new ManifestApp();
for (const environment of environments.filter(isDeliveredInCluster)) {
  new EnvironmentChart(app, environment);
}
app.synth();
