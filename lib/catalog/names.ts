/**
 * Names that follow from a workload's name. They are contract: a change renames live objects.
 */
export interface WorkloadNames {
  /** ClusterSecretStore or SecretStore. */
  readonly store: string;
  readonly externalSecret: string;
  readonly sealedSecret: string;
  /** The Kubernetes Secret that the workload loads. */
  readonly secret: string;
  readonly serviceAccount: string;
  /** Role and RoleBinding that let the operator mint tokens for the service account. */
  readonly tokenRole: string;
  /** Cluster-wide binding that lets Vault ask the API server about the service account's tokens with these tokens. */
  readonly tokenReviewBinding: string;
  readonly vaultPolicy: string;
  readonly vaultRole: string;
}

/**
 * Names for one workload of a catalog. In Vault, which catalogs share, names begin with the catalog's name;
 * a workload's own name that begins with it already is kept: `nivesh-backend` and `grafana` of catalog `nivesh`
 * become the roles `nivesh-backend` and `nivesh-grafana`, and the stores `vault-backend` and `vault-grafana`.
 */
export function workloadNames(catalogName: string, workload: string): WorkloadNames {
  const prefix = `${catalogName}-`;
  const shortName = workload.startsWith(prefix) ? workload.slice(prefix.length) : workload;
  return {
    store: `vault-${shortName}`,
    externalSecret: `${workload}-secrets`,
    sealedSecret: `${workload}-secret`,
    secret: `${workload}-secret`,
    serviceAccount: workload,
    tokenRole: `${workload}-token`,
    tokenReviewBinding: `${prefix}${shortName}-token-review`,
    vaultPolicy: `${prefix}${shortName}`,
    vaultRole: `${prefix}${shortName}`,
  };
}
