/**
 * What an API server has to record so that reads of Secrets can be answered: who touched Secrets, tokens, pods that hold
 * values, access rights, and the objects that deliver values. The level `Metadata` records names, never contents
 * (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/).
 */
export const kubernetesAuditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      resources: [
        {
          group: '',
          resources: ['secrets', 'serviceaccounts', 'serviceaccounts/token', 'pods/exec', 'pods/attach'],
        },
        { group: 'authentication.k8s.io' },
        { group: 'rbac.authorization.k8s.io' },
        { group: 'external-secrets.io' },
        { group: 'bitnami.com' },
      ],
    },
    { level: 'None' },
  ],
} as const;
