/** Values of a Helm chart. */
export interface ChartValues {
  readonly [key: string]: ChartValue;
}

export type ChartValue = string | number | boolean | ChartValues | readonly ChartValue[];

/** A pinned chart of a public repository. */
export interface ChartReference {
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
}
