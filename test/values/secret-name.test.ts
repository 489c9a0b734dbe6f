import { nivesh } from '../../environments/catalog';
import { FieldReference } from '../../lib/catalog';
import { isSecretName } from '../../lib/values/secret-name';

test.each([
  'POSTGRES_PASSWORD',
  'password',
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'ENCRYPTION_KEY',
  'ML_API_KEYS',
  'APIKEY',
  'HUGGINGFACE_TOKEN',
  'FIREBASE_PRIVATE_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'NEO4J_AUTH',
  'SENTRY_DSN',
  'SLACK_WEBHOOK_URL',
])('%s is named like a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  'POSTGRES_USER',
  'POSTGRES_PASSWORD_FILE',
  'GCP_CREDENTIALS_PATH',
  'LLM_MAX_TOKENS',
  'JWT_SECRET_NAME',
  'TOKEN_EXPIRES_IN',
  'ENCRYPTION_ALGORITHM',
  'FIREBASE_DATABASE_URL',
  'KAFKA_CLIENT_ID',
  'AUTHOR',
  'PORT',
])('%s is not', (name) => {
  expect(isSecretName(name)).toBe(false);
});

test("finds almost every secret of Nivesh's catalog by its name", () => {
  const missed = Object.values(nivesh.workloads)
    .flatMap(({ env }) => Object.entries(env))
    .filter(([, value]) => value instanceof FieldReference && value.declaration.source.type !== 'username')
    .map(([name]) => name)
    .filter((name) => !isSecretName(name));
  expect(missed).toEqual(['PAGERDUTY_KEY']);
});
