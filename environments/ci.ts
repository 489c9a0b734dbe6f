import { defineEnvironment, githubActions, issued } from '../lib/catalog';
import { nivesh } from './catalog';

/** GitHub Actions: what the pipelines need to reach the clusters. */
export const ci = defineEnvironment('ci', {
  catalog: nivesh,
  delivery: githubActions({
    repository: 'nivesh/nivesh',
    secrets: {
      KUBE_CONFIG_STAGING: issued({ by: 'the staging cluster', format: 'yaml' }),
      KUBE_CONFIG_PRODUCTION: issued({ by: 'the production cluster', format: 'yaml' }),
    },
  }),
});
