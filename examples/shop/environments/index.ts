import { defineEnvironment, dotenv, externalSecrets } from 'nivesh-secrets';
import { shop } from './catalog';

const local = defineEnvironment('local', {
  catalog: shop,
  hosts: { postgres: 'localhost' },
  delivery: dotenv({ files: [{ path: '.env', workloads: ['shop-backend'] }] }),
});

const staging = defineEnvironment('staging', {
  catalog: shop,
  delivery: externalSecrets({
    vault: {
      address: 'https://vault.staging.shop.internal:8200',
      ca: { type: 'system' },
      audit: [
        { name: 'file', filePath: '/vault/audit/audit.log' },
        { name: 'stdout', filePath: 'stdout' },
      ],
    },
  }),
});

export const environments = [local, staging];
