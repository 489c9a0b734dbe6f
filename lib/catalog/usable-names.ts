/** RFC 1123 label: names of namespaces, and of objects that become part of a host name. */
export const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** What the kubelet takes for a name. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Usable without quotes in every database, and as it is in every URL. */
export const userName = /^[A-Za-z][A-Za-z0-9_-]*$/;

/**
 * Names that the loader, the shell or the runtime reads before the program does: a secret under one of them changes
 * how the process starts instead of reaching it.
 */
export const reservedVariables = new Set([
  'PATH',
  'HOME',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'NODE_OPTIONS',
  'PYTHONPATH',
  'IFS',
]);

/**
 * Longest workload name for which every derived name still fits in a label of 63 characters; a CronJob's becomes part of
 * its Jobs' names (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/).
 */
export const longestWorkloadName = { Deployment: 55, StatefulSet: 55, CronJob: 52 } as const;
