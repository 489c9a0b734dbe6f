import type { EnvironmentValue } from './derived-value';

/** Kinds of Kubernetes objects that run pods and can load a Secret. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'CronJob';

/** What a workload reads, and where it runs. */
export interface WorkloadDeclaration {
  readonly namespace: string;
  /** @default 'Deployment' */
  readonly kind: WorkloadKind;
  /** Environment variable name to what it holds. */
  readonly env: Readonly<Record<string, EnvironmentValue>>;
}

/** Declares a workload. Its name is its key in the catalog, and the name of its Kubernetes object. */
export function workload(
  options: Omit<WorkloadDeclaration, 'kind'> & Partial<Pick<WorkloadDeclaration, 'kind'>>,
): WorkloadDeclaration {
  return { kind: 'Deployment', ...options };
}
