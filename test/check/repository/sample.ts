import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A repository as its files: path to text. */
export type Sample = Readonly<Record<string, string>>;

/** A Deployment and its ExternalSecret, which fit together. */
function service(name: string, container: string, more = ''): string {
  return `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
  namespace: shop
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  template:
    spec:
      serviceAccountName: ${name}
      containers:
        - name: ${name}
          image: shop/${name}:1.0.0
${container.replace(/^/gm, '          ')}
${more}---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: ${name}
  namespace: shop
spec:
  refreshInterval: 1h
  secretStoreRef:
    name: vault-${name}
    kind: ClusterSecretStore
  target:
    name: ${name}-secret
    creationPolicy: Owner
    deletionPolicy: Retain
  data:
    - secretKey: JWT_SECRET
      remoteRef:
        key: shop/${name}
        property: jwt_secret
    - secretKey: DATABASE_URL
      remoteRef:
        key: shop/${name}
        property: database_url
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: vault-${name}
spec:
  conditions:
    - namespaces: [shop]
  provider:
    vault:
      server: https://vault.vault.svc:8200
      path: secret
      caProvider:
        type: ConfigMap
        name: vault-ca
        namespace: vault
        key: ca.crt
      auth:
        kubernetes:
          mountPath: kubernetes
          role: ${name}
          serviceAccountRef:
            name: ${name}
            namespace: shop
            audiences: [vault]
`;
}

const loaded = (name: string): string => `envFrom:
  - secretRef:
      name: ${name}-secret`;

const oneKey = (name: string): string => `env:
  - name: JWT_SECRET
    valueFrom:
      secretKeyRef:
        name: ${name}-secret
        key: JWT_SECRET`;

/** A repository in which everything fits together. */
export const correctSample: Sample = {
  '.gitignore': '.env*\n!.env*.example\n',
  'k8s/backend.yaml': service('backend', `${loaded('backend')}\n  - configMapRef:\n      name: backend-config`),
  'k8s/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: backend-config
  namespace: shop
data:
  LOG_LEVEL: info
`,
  'k8s/orders.yaml': service('orders', oneKey('orders')),
  'k8s/search.yaml': service('search', oneKey('search')),
  'k8s/mailer.yaml': service('mailer', loaded('mailer')),
  'k8s/billing.yaml': service('billing', loaded('billing')),
  'k8s/cart.yaml': service('cart', loaded('cart')),
  'k8s/stock.yaml': service('stock', loaded('stock')),
  'k8s/report.yaml': service('report', loaded('report')),
  'report/Dockerfile': 'FROM node:20\nCOPY . .\nCMD ["node", "main.js"]\n',
  'report/main.js': 'connect(process.env.DATABASE_URL);\nsign(process.env.JWT_SECRET);\n',
  'k8s/gateway.yaml': service(
    'gateway',
    `${loaded('gateway')}
volumeMounts:
  - name: keys
    mountPath: /app/keys`,
    `      volumes:
        - name: keys
          secret:
            secretName: gateway-secret
            items:
              - key: JWT_SECRET
                path: jwt
`,
  ),
  'k8s/ingress.yaml': `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: gateway
  namespace: shop
spec:
  tls:
    - hosts: [shop.test]
      secretName: gateway-tls
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: gateway
  namespace: shop
spec:
  secretName: gateway-tls
`,
  'k8s/sealed.yaml': `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: registry
  namespace: shop
spec:
  encryptedData:
    token: AgBy3i4OJSWK
  template:
    metadata:
      name: registry
      namespace: shop
`,
  'k8s/rights.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: gateway
  namespace: shop
rules:
  - apiGroups: ['']
    resources: [secrets]
    verbs: [get]
    resourceNames: [gateway-secret]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: gateway
  namespace: shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: gateway
subjects:
  - kind: ServiceAccount
    name: gateway
    namespace: shop
`,
  'docker-compose.yml': `services:
  postgres:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:?set it in .env}
  backend:
    image: shop/backend
    environment:
      - JWT_SECRET=\${JWT_SECRET:?set it in .env}
      - QUEUE_URL=\${QUEUE_URL:?set it in .env}
      - LOG_LEVEL=\${LOG_LEVEL:-info}
`,
  'docker-compose.prod.yml': `services:
  worker:
    image: shop/worker
    environment:
      - QUEUE_URL=\${QUEUE_URL:?set it in .env}
      - LOG_LEVEL=\${LOG_LEVEL:-info}
`,
  'docker-compose.env.example': `# copy to .env
POSTGRES_PASSWORD=change-me
JWT_SECRET=change-me
QUEUE_URL=amqp://rabbitmq
LOG_LEVEL=info
`,
};

/** A fault that is planted into a file of the correct sample. */
export interface PlantedFault {
  readonly rule: string;
  readonly file: string;
  /** What is replaced, at its first place. @default - the text is added at the end */
  readonly from?: string;
  readonly to: string;
  /** Begin of the line that the finding names, of those that are new. */
  readonly line: string;
}

/** Made anew for each run, so that no secret stands in this repository. */
const randomValue = (): string => randomBytes(24).toString('base64url');

/**
 * Faults of every kind, which do not touch each other.
 * @param value makes the secrets that they hold
 */
export function plantedFaults(value = randomValue): PlantedFault[] {
  return [
    {
      rule: 'secret-not-made',
      file: 'k8s/mailer.yaml',
      from: '      name: mailer-secret\n',
      to: '      name: mailer-secrets\n',
      line: 'name: mailer-secrets',
    },
    {
      rule: 'secret-not-made',
      file: 'k8s/ingress.yaml',
      from: 'secretName: gateway-tls',
      to: 'secretName: gateway-cert',
      line: 'secretName: gateway-cert',
    },
    {
      rule: 'configmap-not-made',
      file: 'k8s/backend.yaml',
      from: 'name: backend-config',
      to: 'name: backend-configs',
      line: 'name: backend-configs',
    },
    {
      rule: 'key-not-provided',
      file: 'k8s/orders.yaml',
      from: '        key: JWT_SECRET',
      to: '        key: JWT_SECRETS',
      line: 'key: JWT_SECRETS',
    },
    {
      rule: 'key-not-provided',
      file: 'k8s/gateway.yaml',
      from: '- key: JWT_SECRET\n',
      to: '- key: JWT_TOKEN\n',
      line: '- key: JWT_TOKEN',
    },
    {
      rule: 'secret-mounted-by-subpath',
      file: 'k8s/gateway.yaml',
      from: '    mountPath: /app/keys',
      to: '    mountPath: /app/keys\n              subPath: jwt',
      line: 'subPath: jwt',
    },
    {
      rule: 'namespace-differs',
      file: 'k8s/billing.yaml',
      from: 'kind: ExternalSecret\nmetadata:\n  name: billing\n  namespace: shop',
      to: 'kind: ExternalSecret\nmetadata:\n  name: billing\n  namespace: default',
      line: 'name: billing-secret',
    },
    {
      rule: 'namespace-missing',
      file: 'k8s/cart.yaml',
      from: 'kind: Deployment\nmetadata:\n  name: cart\n  namespace: shop\n',
      to: 'kind: Deployment\nmetadata:\n  name: cart\n',
      line: 'metadata:\n  name: cart\nspec',
    },
    {
      rule: 'secret-with-two-owners',
      file: 'k8s/stock.yaml',
      to: '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: stock-secret\n  namespace: shop\nstringData: {}\n',
      line: 'name: stock-secret\n  namespace',
    },
    {
      rule: 'sealed-secret-mismatch',
      file: 'k8s/sealed.yaml',
      from: '    metadata:\n      name: registry\n      namespace: shop',
      to: '    metadata:\n      name: registry\n      namespace: shops',
      line: 'namespace: shops',
    },
    {
      rule: 'external-secret-version-not-served',
      file: 'k8s/backend.yaml',
      from: 'apiVersion: external-secrets.io/v1\n',
      to: 'apiVersion: external-secrets.io/v1beta1\n',
      line: 'apiVersion: external-secrets.io/v1beta1',
    },
    {
      rule: 'external-secret-refused',
      file: 'k8s/search.yaml',
      from: 'creationPolicy: Owner\n    deletionPolicy: Retain',
      to: 'creationPolicy: Orphan\n    deletionPolicy: Delete',
      line: 'deletionPolicy: Delete',
    },
    {
      rule: 'refresh-interval-zero',
      file: 'k8s/stock.yaml',
      from: 'refreshInterval: 1h',
      to: 'refreshInterval: "0"',
      line: 'refreshInterval: "0"',
    },
    {
      rule: 'store-not-found',
      file: 'k8s/orders.yaml',
      from: '    kind: ClusterSecretStore\n',
      to: '',
      line: 'name: vault-orders\n  target',
    },
    {
      rule: 'store-without-conditions',
      file: 'k8s/orders.yaml',
      from: '  conditions:\n    - namespaces: [shop]\n',
      to: '',
      line: 'spec:\n  provider',
    },
    {
      rule: 'store-without-audience',
      file: 'k8s/search.yaml',
      from: '            audiences: [vault]\n',
      to: '',
      line: 'serviceAccountRef:',
    },
    {
      rule: 'store-without-identity',
      file: 'k8s/cart.yaml',
      from: '          serviceAccountRef:\n            name: cart\n            namespace: shop\n            audiences: [vault]\n',
      to: '',
      line: 'kubernetes:',
    },
    {
      rule: 'store-without-tls',
      file: 'k8s/mailer.yaml',
      from: 'server: https:',
      to: 'server: http:',
      line: 'server: http:',
    },
    {
      rule: 'store-without-tls',
      file: 'k8s/stock.yaml',
      from: '      caProvider:\n        type: ConfigMap\n        name: vault-ca\n        namespace: vault\n        key: ca.crt\n',
      to: '',
      line: 'server: https:',
    },
    {
      rule: 'shared-identity',
      file: 'k8s/stock.yaml',
      from: '      serviceAccountName: stock',
      to: '      serviceAccountName: search',
      line: 'serviceAccountName: search',
    },
    {
      rule: 'role-reads-all-secrets',
      file: 'k8s/rights.yaml',
      from: '    resourceNames: [gateway-secret]\n---',
      to: '---\n',
      line: '- apiGroups:',
    },
    {
      rule: 'variable-delivered-twice',
      file: 'k8s/cart.yaml',
      from: '          envFrom:\n',
      to: '          env:\n            - name: JWT_SECRET\n              value: unused\n          envFrom:\n',
      line: '- name: JWT_SECRET',
    },
    {
      rule: 'invalid-variable-name',
      file: 'k8s/cart.yaml',
      from: 'secretKey: DATABASE_URL',
      to: 'secretKey: database-url',
      line: 'name: cart-secret',
    },
    {
      rule: 'plaintext-secret',
      file: 'k8s/config.yaml',
      to: `---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: smtp\n  namespace: shop\ndata:\n  SMTP_PASSWORD: ${Buffer.from(value()).toString('base64')}\n`,
      line: 'SMTP_PASSWORD:',
    },
    {
      rule: 'secret-in-configmap',
      file: 'k8s/config.yaml',
      to: `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: database\n  namespace: shop\ndata:\n  url: postgresql://shop:${value()}@postgres/shop\n`,
      line: 'url: postgresql',
    },
    {
      rule: 'secret-in-variable',
      file: 'k8s/search.yaml',
      from: '          env:\n',
      to: `          env:\n            - name: SEARCH_API_KEY\n              value: ${value()}\n`,
      line: 'value: ',
    },
    {
      rule: 'secret-in-compose',
      file: 'docker-compose.prod.yml',
      to: `      - GRAFANA_ADMIN_PASSWORD=${value()}\n`,
      line: '- GRAFANA_ADMIN_PASSWORD',
    },
    {
      rule: 'secret-with-default',
      file: 'docker-compose.yml',
      from: '${POSTGRES_PASSWORD:?set it in .env}',
      to: '${POSTGRES_PASSWORD:-postgres}',
      line: 'POSTGRES_PASSWORD',
    },
    {
      rule: 'required-and-optional-disagree',
      file: 'docker-compose.prod.yml',
      from: '${QUEUE_URL:?set it in .env}',
      to: '${QUEUE_URL:-amqp://localhost}',
      line: '- QUEUE_URL',
    },
    {
      rule: 'required-and-optional-disagree',
      file: 'docker-compose.yml',
      from: '${LOG_LEVEL:-info}',
      to: '${LOG_LEVEL:-debug}',
      line: '- LOG_LEVEL',
    },
    {
      rule: 'variable-not-in-example',
      file: 'docker-compose.yml',
      to: '      - MAIL_HOST=${MAIL_HOST:?set it in .env}\n',
      line: '- MAIL_HOST',
    },
    {
      rule: 'variable-not-given',
      file: 'report/main.js',
      to: 'mail(process.env.MAIL_HOST);\n',
      line: 'mail(',
    },
    {
      rule: 'variable-not-read',
      file: 'k8s/report.yaml',
      from: '    - secretKey: DATABASE_URL',
      to: '    - secretKey: LEGACY_URL\n      remoteRef: { key: shop/report, property: legacy }\n    - secretKey: DATABASE_URL',
      line: '- secretRef:',
    },
    {
      rule: 'example-variable-unused',
      file: 'docker-compose.env.example',
      to: 'REDIS_URL=redis://redis\n',
      line: 'REDIS_URL',
    },
    {
      rule: 'secret-in-example',
      file: 'docker-compose.env.example',
      from: 'JWT_SECRET=change-me',
      to: `JWT_SECRET=${value()}`,
      line: 'JWT_SECRET',
    },
    {
      rule: 'env-file-in-repository',
      file: 'deploy.env',
      to: `# deployment\nAPI_TOKEN=${value()}\n`,
      line: 'API_TOKEN',
    },
    {
      rule: 'compose-file-refused',
      file: 'tools/compose.yaml',
      to: 'services:\n  tool:\n    image: ${IMAGE-TAG?}}${\n',
      line: 'image:',
    },
    {
      rule: 'unreadable-file',
      file: 'k8s/broken.yaml',
      to: 'apiVersion: v1\nkind: Secret\nmetadata: { name: broken\ndata: {}\n',
      line: 'data: {}',
    },
  ];
}

/** A sample with a fault. */
export function withFault(sample: Sample, { file, from, to }: PlantedFault): Sample {
  const text = sample[file] ?? '';
  if (from !== undefined && !text.includes(from)) {
    throw new Error(`${file} does not hold ${from}`);
  }
  return { ...sample, [file]: from === undefined ? text + to : text.replace(from, () => to) };
}

/** Where a fault is to be found in a sample that holds it. */
export function lineOf(sample: Sample, { file, line }: PlantedFault): number {
  const text = sample[file] ?? '';
  const lines = text.split('\n');
  const start = lines.findIndex((_, index) => lines.slice(index).join('\n').trimStart().startsWith(line));
  if (start === -1) {
    throw new Error(`${file} does not hold ${line}`);
  }
  return start + 1;
}

/** Writes a sample into a git repository of its own. @returns the folder */
export function writeSample(sample: Sample): string {
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-check-'));
  for (const [path, text] of Object.entries(sample)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { status } = spawnSync('git', ['-C', folder, 'init', '--quiet']);
  if (status !== 0) {
    throw new Error('git init failed');
  }
  return folder;
}
