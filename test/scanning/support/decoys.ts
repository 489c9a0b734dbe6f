import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root';
import { encryptionLabel } from '../../../lib/sealing/scope';
import { readCertificates } from '../../../lib/sealing/certificate';
import { sealValue } from '../../../lib/sealing/format';
import { makeKeyPair } from '../../sealing/support';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const digest = (algorithm: string, encoding: 'hex' | 'base64'): string =>
  createHash(algorithm).update(randomBytes(16)).digest(encoding);

/** Hashes, ids and public keys, as files hold them. */
const generated: Readonly<Record<string, () => string>> = {
  SHA256SUMS: () => `${digest('sha256', 'hex')}  nivesh-secrets.tgz\n${digest('sha256', 'hex')}  secret-tool\n`,
  'package-lock.json': () =>
    JSON.stringify({
      packages: { 'node_modules/js-tokens': { version: '4.0.0', integrity: `sha512-${digest('sha512', 'base64')}` } },
    }),
  'yarn.lock': () => `passport-jwt@^4.0.1:\n  version "4.0.1"\n  integrity sha512-${digest('sha512', 'base64')}\n`,
  'go.sum': () => `github.com/golang/token v1.2.3 h1:${digest('sha256', 'base64')}\n`,
  'Cargo.lock': () => `[[package]]\nname = "secrecy"\nchecksum = "${digest('sha256', 'hex')}"\n`,
  'poetry.lock': () =>
    `[[package]]\nname = "tokenizers"\nfiles = [{file = "tokenizers.whl", hash = "sha256:${digest('sha256', 'hex')}"}]\n`,
  'requirements.txt': () => `detect-secrets==1.5.0 \\\n    --hash=sha256:${digest('sha256', 'hex')}\n`,
  'image.yaml': () =>
    `containers:\n  - name: token-service\n    image: registry.example:5000/nivesh/auth@sha256:${digest('sha256', 'hex')}\n`,
  'kustomization.yaml': () => `images:\n  - name: auth\n    digest: sha256:${digest('sha256', 'hex')}\n`,
  'commit.yaml': () => `source:\n  repository: auth-service\n  revision: ${hex(20)}\n  commit: ${hex(20)}\n`,
  'workflow.yml': () =>
    `steps:\n  - uses: actions/checkout@${hex(20)} # v7.0.1\n    with:\n      token: \${{ secrets.GITHUB_TOKEN }}\n`,
  'checksum.ts': () =>
    `export const expectedSha256 = '${digest('sha256', 'hex')}';\nexport const etag = '"${hex(16)}"';\n`,
  'checksum.py': () => `EXPECTED_SHA256 = "${digest('sha256', 'hex')}"\nMD5 = '${digest('md5', 'hex')}'\n`,
  'cache.json': () => JSON.stringify({ cacheKey: hex(16), etag: hex(20), contentHash: digest('sha256', 'hex') }),
  'annotations.yaml': () =>
    `metadata:\n  annotations:\n    checksum/secret: ${digest('sha256', 'hex')}\n    checksum/config: ${digest('sha256', 'hex')}\n`,
  'ids.json': () =>
    JSON.stringify({ id: randomUUID(), tenantId: randomUUID(), requestId: randomUUID(), clientId: randomUUID() }),
  'ids.ts': () => `export const tenant = '${randomUUID()}';\nexport const keyId = '${randomUUID()}';\n`,
  'ids.env': () => `AZURE_TENANT_ID=${randomUUID()}\nAZURE_CLIENT_ID=${randomUUID()}\nJWT_KEY_ID=${hex(4)}\n`,
  'uids.yaml': () => `metadata:\n  name: backend-secret\n  uid: ${randomUUID()}\n  resourceVersion: "1234567"\n`,
  'public.pem': () => publicKey(),
  'public.ts': () => `export const publicKey = \`${publicKey()}\`;\n`,
  authorized_keys: () =>
    `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 '), randomBytes(32)]).toString('base64')} somebody@laptop\n`,
  'image.css': () => `.key { background: url("data:image/png;base64,${randomBytes(300).toString('base64')}"); }\n`,
  'hash.env': () => `ADMIN_PASSWORD_HASH='$2b$12$${randomBytes(40).toString('base64url').slice(0, 53)}'\n`,
  'verifier.sql': () =>
    `ALTER ROLE nivesh_app PASSWORD 'SCRAM-SHA-256$4096:${randomBytes(16).toString('base64')}$${randomBytes(32).toString('base64')}:${randomBytes(32).toString('base64')}';\n`,
};

function publicKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey;
}

/** What stands where a secret would, in documentation and in files that take it from elsewhere. */
const written: Readonly<Record<string, string>> = {
  'readme.md': 'Set `JWT_SECRET=<your secret>` and `DATABASE_URL=postgresql://user:password@localhost:5432/app`.\n',
  'vault.md': 'export VAULT_TOKEN=...          # never in configuration\nvault kv get secret/nivesh/backend\n',
  'login.md':
    'Log in as admin with the password `admin`, then change it. The default `password: changeme` is refused.\n',
  'aws.md':
    'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
  'generate.md': 'openssl rand -hex 32 | vault kv patch -mount=secret nivesh/backend jwt_secret=-\n',
  'pem.md': 'FIREBASE_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\nMIIE...\\n-----END PRIVATE KEY-----\\n"\n',
  'curl.md': 'curl -H "Authorization: Bearer $TOKEN" -u "admin:${ADMIN_PASSWORD}" https://grafana.example/api\n',
  'env.example':
    'JWT_SECRET=change-me-in-production\nREDIS_PASSWORD=your_redis_password\nENCRYPTION_KEY=0123456789abcdef0123456789abcdef\nMONGODB_URI=mongodb://root:example@localhost:27017\nSLACK_WEBHOOK_URL=https://hooks.slack.com/services/XXX/YYY/ZZZ\n',
  'compose.yml':
    'environment:\n  JWT_SECRET: ${JWT_SECRET:?set it}\n  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-nivesh_password}\n  DATABASE_URL: postgresql://nivesh:${POSTGRES_PASSWORD}@postgres:5432/nivesh_db\n',
  'helm.yaml':
    'env:\n  - name: REDIS_PASSWORD\n    value: {{ .Values.redis.password | quote }}\n  - name: DATABASE_URL\n    value: "postgresql://{{ .user }}:{{ .password | urlquery }}@postgres:5432/app"\n',
  'values.yaml':
    'existingSecret: nivesh-backend-secret\nexistingSecretPasswordKey: redis-password\nauth:\n  enabled: true\n  secretKeys:\n    adminPasswordKey: postgres-password\n',
  'reference.yaml':
    'env:\n  - name: JWT_SECRET\n    valueFrom:\n      secretKeyRef:\n        name: nivesh-backend-secret-v2\n        key: JWT_SECRET\n',
  'external-secret.yaml':
    'data:\n  - secretKey: JWT_SECRET\n    remoteRef:\n      key: nivesh/production/backend\n      property: jwt_secret\ntarget:\n  name: nivesh-backend-secrets\n',
  'jinja.conf': 'requirepass {{ redis_password }}\nmasterauth {{ redis_password }}\n',
  'redis.conf': 'requirepass ${REDIS_PASSWORD}\naclfile /etc/redis/users.acl\n',
  'main.tf':
    'resource "vault_generic_secret" "app" {\n  data_json = jsonencode({ password = random_password.db.result, token = var.api_token })\n}\n',
  'workflow.yaml':
    'env:\n  VAULT_TOKEN: ${{ secrets.VAULT_TOKEN }}\n  KUBE_CONFIG: ${{ secrets.KUBE_CONFIG_STAGING }}\npermissions:\n  id-token: write\n',
  'config.service.ts':
    'export const redis = { password: config.get("redis.password"), secret: this.config.getOrThrow<string>("jwt.secret") };\n',
  'environment.ts':
    "export const jwtSecret = process.env.JWT_SECRET ?? '';\nexport const tokenType = 'access_token_v2';\nexport const secretKeyRef = { name: 'nivesh-backend-secret', key: 'JWT_SECRET' };\n",
  'generated.test.ts':
    "const secret = randomBytes(32).toString('hex');\nconst password = generatePassword({ length: 40 });\nconst token = sign({ sub: 'user-1' }, secret);\n",
  'settings.py':
    'SECRET_KEY = os.environ["SECRET_KEY"]\nPASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]\nAUTH_TOKEN_CLASSES = ("rest_framework_simplejwt.tokens.AccessToken",)\n',
  'entrypoint.sh':
    '#!/bin/sh\nexport REDIS_PASSWORD="$(cat /run/secrets/redis_password)"\nPGPASSWORD="$POSTGRES_PASSWORD" psql -h postgres\nif [ -z "$JWT_SECRET" ]; then echo "JWT_SECRET is missing" >&2; exit 1; fi\n',
  Dockerfile:
    'FROM node:20\nARG NPM_TOKEN\nRUN --mount=type=secret,id=npm_token npm ci\nENV PASSWORD_FILE=/run/secrets/password_v2_2026\n',
  'messages.json':
    '{ "password.too_short": "The password must have 12 characters", "token.expired": "Your session has ended", "secret": "Secret" }\n',
  'openapi.yaml':
    'components:\n  securitySchemes:\n    bearerAuth:\n      type: http\n      bearerFormat: JWT\npassword:\n  type: string\n  format: password\n  example: your-password-here\n',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@auth/token": ["libs/auth/token/src/index.ts"] } } }\n',
  'rotation.ts':
    "export const rotation = alternatingUsers({ users: ['nivesh_app_a', 'nivesh_app_b'], passwordField: 'postgres_password', every: '90d' });\n",
  'log.txt':
    'token refresh failed: invalid_grant (request 2026-11-26T10:00:00.123Z)\npassword authentication failed for user "nivesh_app_a"\n',
};

/** How many files each generated decoy is written to, with other values. */
const variants = 6;

/** Files that hold no secret: what this package writes, lock files, hashes, ids, documentation, templates. */
export async function decoyFiles(): Promise<Map<string, string>> {
  const files = new Map(Object.entries(written).map(([name, text]) => [`decoys/written/${name}`, text]));
  for (const [name, make] of Object.entries(generated)) {
    for (let variant = 0; variant < variants; variant += 1) {
      files.set(`decoys/generated/${variant}/${name}`, make());
    }
  }
  for (const folder of [
    'test/__snapshots__/staging',
    'test/__snapshots__/production',
    'test/fixtures/nivesh',
    'docs',
  ]) {
    for (const name of readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })) {
      if (/\.(?:yaml|yml|md|example)$/.test(name)) {
        files.set(`decoys/${folder}/${name}`, readFileSync(join(packageRoot(), folder, name), 'utf8'));
      }
    }
  }
  for (let variant = 0; variant < variants; variant += 1) {
    files.set(`decoys/sealed/${variant}.yaml`, await sealedSecret());
  }
  return files;
}

async function sealedSecret(): Promise<string> {
  const [certificate] = readCertificates((await makeKeyPair({ bits: 4096 })).certificate, 'decoy');
  if (!certificate) {
    throw new Error('no certificate');
  }
  const place = { namespace: 'nivesh', name: 'nivesh-backend-secret' };
  const label = encryptionLabel('strict', place);
  const lines = ['JWT_SECRET', 'ENCRYPTION_KEY', 'DATABASE_URL', 'ML_API_KEYS'].map((name) => {
    const sealed = sealValue(certificate.publicKey, label, Buffer.from(hex(32)));
    return `    ${name}: ${sealed} # cert:${hex(8)} mac:${hex(16)} key:${randomBytes(76).toString('base64')}`;
  });
  return `kind: SealedSecret\nspec:\n  encryptedData:\n${lines.join('\n')}\n`;
}
