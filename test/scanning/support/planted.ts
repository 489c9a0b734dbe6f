import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const base64 = (bytes: number): string => randomBytes(bytes).toString('base64');
const password = (length: number): string => randomBytes(length).toString('base64url').slice(0, length);
const from = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function privateKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
}

/** Every kind of secret of the catalog and of those who deploy it: the variable's name and how a value comes to be. */
export const kinds: Readonly<Record<string, () => string>> = {
  JWT_SECRET: () => hex(32),
  JWT_SECRET_PREVIOUS: () => hex(32),
  ENCRYPTION_KEY: () => hex(16),
  ENCRYPTION_KEYRING: () => JSON.stringify({ current: 'k2', keys: { k1: base64(32), k2: base64(32) } }),
  DATABASE_URL: () => `postgresql://nivesh_app_a:${password(40)}@postgres:5432/nivesh_db`,
  MLFLOW_BACKEND_STORE_URI: () => `postgresql+psycopg2://mlflow:${password(24)}@postgres:5432/mlflow`,
  MONGODB_URI: () => `mongodb://nivesh_app_a:${password(40)}@mongodb:27017/nivesh?authSource=admin`,
  REDIS_URL: () => `redis://:${password(40)}@redis:6379/0`,
  CLICKHOUSE_ADMIN_URL: () => `clickhouse://admin:${password(32)}@clickhouse:9000/default`,
  NEO4J_ADMIN_URL: () => `neo4j+s://neo4j:${password(32)}@neo4j:7687`,
  NEO4J_BOLT_ADDRESS: () => `bolt://neo4j:${password(20)}@neo4j:7687`,
  REDIS_PASSWORD: () => password(40),
  NEO4J_PASSWORD: () => password(40),
  CLICKHOUSE_PASSWORD: () => base64(24),
  POSTGRES_PASSWORD: () => password(32),
  MONGO_PASSWORD: () => password(20),
  FIREBASE_PRIVATE_KEY: privateKey,
  QDRANT_API_KEY: () => hex(32),
  KAFKA_SASL_PASSWORD: () => password(40),
  ML_API_KEY: () => hex(32),
  ML_API_KEYS: () => `${hex(32)},${hex(32)}`,
  HUGGINGFACE_TOKEN: () => `hf_${from(alphanumeric, 34)}`,
  GRAFANA_ADMIN_PASSWORD: () => password(32),
  AIRFLOW_ADMIN_PASSWORD: () => password(32),
  AIRFLOW__CORE__FERNET_KEY: () => randomBytes(32).toString('base64url') + '=',
  SLACK_WEBHOOK_URL: () =>
    `https://hooks.slack.com/services/T${from(base32, 10)}/B${from(base32, 10)}/${from(alphanumeric, 24)}`,
  PAGERDUTY_KEY: () => hex(16),
  KUBE_CONFIG_PRODUCTION: () => Buffer.from(privateKey()).toString('base64'),
  GITHUB_TOKEN: () => `ghp_${from(alphanumeric, 36)}`,
  AWS_ACCESS_KEY_ID: () => `AKIA${from(base32, 16)}`,
  VAULT_TOKEN: () => `hvs.${from(alphanumeric, 90)}`,
};

const camel = (name: string): string =>
  name.toLowerCase().replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
const dotted = (name: string): string => name.toLowerCase().replace(/_+/g, '.');
const oneLine = (value: string): string => value.replaceAll('\n', '\\n');
const indented = (value: string): string => value.trimEnd().replaceAll('\n', '\n    ');

/** Ways to write a value beside its name, by the end of the file's name. */
export const forms: Readonly<Record<string, (name: string, value: string) => string>> = {
  '.env': (name, value) => `NODE_ENV=production\n${name}="${oneLine(value).replaceAll('"', '\\"')}"\nPORT=3000\n`,
  'bare.env': (name, value) => `NODE_ENV=production\n${name}=${oneLine(value)}\nPORT=3000\n`,
  'secret.yaml': (name, value) =>
    value.includes('\n')
      ? `kind: Secret\nstringData:\n  ${name}: |\n    ${indented(value)}\n`
      : `kind: Secret\nstringData:\n  ${name}: '${value}'\n`,
  'data.yaml': (name, value) => `kind: Secret\ndata:\n  ${name}: ${Buffer.from(value).toString('base64')}\n`,
  'deployment.yml': (name, value) => `env:\n  - name: ${name}\n    value: ${JSON.stringify(value)}\n`,
  'config.json': (name, value) => `${JSON.stringify({ port: 3000, [name]: value }, null, 2)}\n`,
  'config.ts': (name, value) => `export const config = {\n  port: 3000,\n  ${camel(name)}: \`${value}\`,\n};\n`,
  'fallback.ts': (name, value) => `const value = process.env.${name} ?? '${oneLine(value)}';\n`,
  'settings.py': (name, value) => `import os\n\n${name} = """${value}"""\n`,
  'main.py': (name, value) => `import os\n\nos.environ["${name}"] = '${oneLine(value)}'\n`,
  'default.py': (name, value) => `import os\n\nvalue = os.environ.get("${name}", '${oneLine(value)}')\n`,
  'deploy.sh': (name, value) => `#!/bin/sh\nexport ${name}='${value}'\nexec app\n`,
  'create.sh': (name, value) =>
    `kubectl create secret generic app --from-literal=${name}='${oneLine(value)}' --namespace nivesh\n`,
  Dockerfile: (name, value) => `FROM node:20\nENV ${name}='${oneLine(value)}'\nCMD ["node", "main.js"]\n`,
  'application.properties': (name, value) => `server.port=8080\n${dotted(name)}=${oneLine(value)}\n`,
};

/** A file for each kind in each form. */
export function plantedFiles(): Map<string, string> {
  return new Map(
    Object.entries(kinds).flatMap(([name, make]) =>
      Object.entries(forms).map(([file, write]): [string, string] => [`planted/${name}/${file}`, write(name, make())]),
    ),
  );
}
