import { randomBytes } from 'node:crypto';
import type { Sample } from '../sample';

/** Made anew for each run, so that no secret stands in this repository. */
const value = (): string => randomBytes(18).toString('base64url');

/** A repository with a base and two overlays: a generated, a sealed and a fetched Secret, and a URL that is composed. */
export function overlaySample(): Sample {
  return {
    'deploy/base/kustomization.yaml': `resources: [api.yaml, backup.yaml, secrets.yaml]
secretGenerator:
  - name: mail
    literals: [SMTP_PASSWORD=${value()}]
`,
    'deploy/base/api.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: acme-api }
spec:
  serviceName: acme-api
  selector: { matchLabels: { app: acme-api } }
  template:
    metadata: { labels: { app: acme-api } }
    spec:
      containers:
        - name: api
          image: acme/api
          env:
            - { name: LOG_LEVEL, value: info }
            - { name: STRIPE_API_KEY, value: ${value()} }
            - name: SLACK_WEBHOOK_URL
              valueFrom: { secretKeyRef: { name: alerts, key: url } }
          envFrom:
            - secretRef: { name: mail }
            - secretRef: { name: acme-api }
`,
    'deploy/base/backup.yaml': `apiVersion: batch/v1
kind: CronJob
metadata: { name: backup }
spec:
  schedule: '0 3 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: backup
              image: acme/backup
              env:
                - name: PGPASSWORD
                  valueFrom: { secretKeyRef: { name: acme-api, key: DB_PASSWORD } }
`,
    'deploy/base/secrets.yaml': `apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: { name: acme-api }
spec:
  refreshInterval: 30m
  secretStoreRef: { name: vault, kind: ClusterSecretStore }
  dataFrom:
    - extract: { key: kv/data/acme/database }
  data:
    - { secretKey: redis-password, remoteRef: { key: acme/redis, property: default.password } }
  target:
    template:
      data:
        DB_PASSWORD: '{{ .password }}'
        DATABASE_URL: 'postgresql://{{ .username }}:{{ .password | urlquery }}@db:5433/acme?sslmode=require'
        REDIS_URL: 'redis://:{{ get . "redis-password" }}@redis:6379/0'
        TOKENS: '{{ .password }},{{ .username }}'
        DIGEST: '{{ .password | sha256sum }}'
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: { name: vault }
spec:
  provider:
    vault:
      server: http://vault:8200
      path: kv
      auth: { kubernetes: { mountPath: k8s, role: all } }
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: { name: alerts, namespace: acme }
spec: { encryptedData: { url: AgBy3i4OJSWK } }
`,
    'deploy/overlays/production/kustomization.yaml': 'namespace: acme\nresources: [../../base]\n',
    'deploy/overlays/staging/kustomization.yaml': 'namespace: acme-staging\nresources: [../../base]\n',
  };
}
