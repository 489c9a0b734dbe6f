import { defineEnvironment, externalSecrets } from '../lib/catalog';
import { nivesh } from './catalog';
import { rotation } from './rotation';

/** Production: as staging, with real values only, and audited. */
export const production = defineEnvironment('production', {
  catalog: nivesh,
  production: true,
  rotation,
  delivery: externalSecrets({
    refreshInterval: '1h',
    vault: {
      address: 'https://vault.nivesh.internal:8200',
      ca: { type: 'configMap', name: 'vault-ca', key: 'ca.crt', namespace: 'external-secrets' },
      audit: [
        { name: 'file', filePath: '/vault/audit/audit.log' },
        { name: 'stdout', filePath: 'stdout' },
      ],
    },
  }),
});
