/**
 * What one run of a variant took, by the name of the measure: `time` and `processor` in seconds, `memory` in megabytes (the
 * peak of the largest process), and whatever else a benchmark counts.
 */
export type Measures = Readonly<Record<string, number>>;

/** One of the things that are measured beside each other, in turn. */
export interface Variant {
  readonly name: string;
  /** Runs once; throws where the result is wrong, since what is timed must also be right. */
  readonly run: () => Measures | Promise<Measures>;
  /** How often it runs, where it takes so long that it cannot run every round. @default - every round, after warm-up */
  readonly rounds?: number;
}

/** What is said about variants. Every one is better the lower it is. */
export type Figure =
  /** How many times what another variant takes: the median over the rounds, each within itself. */
  | {
      readonly type: 'ratio';
      readonly what: string;
      /** @default 'time' */
      readonly measure?: string;
      readonly of: string;
      readonly to: string;
      /** The goal. @default - none */
      readonly atMost?: number;
    }
  /** Slope of a line through the logarithms of size and measure: 1 where twice the size takes twice the time. */
  | {
      readonly type: 'growth';
      readonly what: string;
      /** @default 'time' */
      readonly measure?: string;
      /** Size and the variant that has it. */
      readonly points: readonly (readonly [size: number, variant: string])[];
      readonly atMost?: number;
    }
  /** A measure of one variant that must not pass a fixed bound. */
  | {
      readonly type: 'limit';
      readonly what: string;
      readonly measure: string;
      readonly of: string;
      readonly atMost: number;
    };

/** What {@link Benchmark.prepare} makes. */
export interface Prepared {
  readonly variants: readonly Variant[];
  readonly figures: readonly Figure[];
  /** Takes away what was made. @default - nothing to take away */
  readonly close?: () => void | Promise<void>;
}

/** One file in test/bench, which exports it as `benchmark`. */
export interface Benchmark {
  /** The name of the file. */
  readonly name: string;
  /** What is compared, in one line. */
  readonly title: string;
  /** Measured runs of each variant, in turn. */
  readonly rounds: number;
  /** Runs of each variant before that. @default 1 */
  readonly warmUp?: number;
  /** Units of measures of its own, such as `{ requests: '' }`. @default - none */
  readonly units?: Readonly<Record<string, string>>;
  readonly prepare: () => Prepared | Promise<Prepared>;
}
