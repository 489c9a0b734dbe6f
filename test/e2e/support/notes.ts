import {
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  keyring,
  randomHex,
  vaultSecret,
  workload,
} from '../../../lib/catalog';

/** An application whose users' phone numbers are encrypted; slow enough that a run can be killed in the middle. */
export const notes = vaultSecret('notes/backend', {
  encryption_key: randomHex(16, { rotation: keyring({ targets: 'targets.yaml', rate: 4000 }) }),
});

export const targetsFile = `
targets:
  - store: postgresql
    table: users
    primaryKey: id
    columns: [phone]
`;

export const notesEnvironment: Environment<ExternalSecretsDelivery> = defineEnvironment('test', {
  catalog: defineCatalog({
    name: 'notes',
    workloads: {
      backend: workload({
        namespace: 'notes',
        env: { ENCRYPTION_KEY: notes.encryption_key, ENCRYPTION_KEYRING: notes.encryption_key.keyring },
      }),
    },
  }),
  delivery: externalSecrets({
    vault: {
      address: 'https://vault:8200',
      ca: { type: 'configMap', name: 'ca', key: 'ca.crt', namespace: 'external-secrets' },
      audit: [
        { name: 'file', filePath: '/audit.log' },
        { name: 'stdout', filePath: 'stdout' },
      ],
    },
  }),
});
