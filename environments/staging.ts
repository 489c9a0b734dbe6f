import { defineEnvironment, externalSecrets } from '../lib/catalog';
import { nivesh } from './catalog';
import { rotation } from './rotation';

/** Staging: Vault through External Secrets Operator, rotated on schedule. */
export const staging = defineEnvironment('staging', {
  catalog: nivesh,
  rotation,
  delivery: externalSecrets({
    refreshInterval: '15m',
    vault: {
      address: 'https://vault.staging.nivesh.internal:8200',
      ca: { type: 'configMap', name: 'vault-ca', key: 'ca.crt', namespace: 'external-secrets' },
      audit: [
        { name: 'file', filePath: '/vault/audit/audit.log' },
        { name: 'stdout', filePath: 'stdout' },
      ],
    },
  }),
});
