import { EnvironmentChart, isDeliveredInCluster, ManifestApp } from 'nivesh-secrets/kubernetes';
import { environments } from '../environments';
import { addWorkloads } from './workloads';

const app = new ManifestApp();
for (const environment of environments.filter(isDeliveredInCluster)) {
  new EnvironmentChart(app, environment.name, { environment, addWorkloads });
}
app.synth();
