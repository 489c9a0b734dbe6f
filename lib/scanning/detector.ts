import type { SecretValue } from '../values/secret-value';

/** A piece of a file that detectors look at: whole, or a window of a long one. */
export interface SourceText {
  /** Path of the file, with `/`; detectors judge by its name what is code and what is configuration. */
  readonly path: string;
  readonly text: string;
}

/** What may be a secret. */
export interface Candidate {
  /** Name of the rule, for reports and the baseline. */
  readonly rule: string;
  /** Where the value begins in the text. */
  readonly start: number;
  readonly value: SecretValue;
  /** Declared field that the value belongs to, `path.field`, where the name of a variable says so. */
  readonly field?: string;
}

/** Finds candidates in one text after the other. */
export interface Detector {
  readonly name: string;
  /** Changes when the same text may give other candidates. */
  readonly version: string;
  find(source: SourceText): Promise<readonly Candidate[]> | readonly Candidate[];
  /** Ends what the detector has started. */
  close?(): Promise<void>;
}
