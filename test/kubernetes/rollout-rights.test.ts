import { staging } from '../../environments/staging';
import { defineCatalog, randomHex, vaultSecret, workload } from '../../lib/catalog';
import { type Right, rolloutRights } from '../../lib/kubernetes/rollout-rights';

function lines(rights: readonly Right[]): string[] {
  return rights.map(
    ({ namespace, group, resource, names, verbs }) =>
      `${namespace}: ${verbs.join(' ')} ${resource}${group === '' ? '' : `.${group}`} ${names?.join(' ') ?? '(all)'}`,
  );
}

test('names every object, and lists only what cannot be named', () => {
  expect(lines(rolloutRights(staging.catalog, ['nivesh-ml-api', 'nivesh-backend', 'nivesh-backup'])))
    .toMatchInlineSnapshot(`
   [
     "nivesh: get patch externalsecrets.external-secrets.io nivesh-backend-secrets nivesh-backup-secrets nivesh-ml-api-secrets",
     "nivesh: get patch deployments.apps nivesh-backend nivesh-ml-api",
     "nivesh: list replicasets.apps (all)",
     "nivesh: list pods (all)",
     "nivesh: get cronjobs.batch nivesh-backup",
     "nivesh: list jobs.batch (all)",
   ]
  `);
});

test('may end the pods that a StatefulSet is stuck at, in its own namespace only', () => {
  const { key } = vaultSecret('shop/web', { key: randomHex(32) });
  const env = { KEY: key };
  const catalog = defineCatalog({
    name: 'shop',
    workloads: {
      'shop-web': workload({ namespace: 'web', env }),
      'shop-queue': workload({ namespace: 'queue', kind: 'StatefulSet', env }),
    },
  });
  expect(lines(rolloutRights(catalog, ['shop-web', 'shop-queue']))).toMatchInlineSnapshot(`
   [
     "queue: get patch externalsecrets.external-secrets.io shop-queue-secrets",
     "queue: get patch statefulsets.apps shop-queue",
     "queue: list delete pods (all)",
     "web: get patch externalsecrets.external-secrets.io shop-web-secrets",
     "web: get patch deployments.apps shop-web",
     "web: list replicasets.apps (all)",
     "web: list pods (all)",
   ]
  `);
});

test('asks for nothing where nobody reads', () => {
  expect(rolloutRights(staging.catalog, [])).toEqual([]);
});
