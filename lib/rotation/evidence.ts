import type { Problem } from '../catalog';
import type { RotationContext } from './strategy';

/** Long enough to find the proof by, short enough for a line of a report. */
const longestEvidence = 500;

/** A problem with what a person says about the work outside. */
export function evidenceProblem({ field }: RotationContext, what: string, allowed: string, fix: string): Problem {
  return { path: field.id, what, got: '--evidence', allowed, fix };
}

/** What is wrong with its form. */
export function evidenceFormProblems(context: RotationContext, evidence: string): Problem[] {
  return evidence.trim() === '' || evidence.length > longestEvidence || /[\n\r]/.test(evidence)
    ? [
        evidenceProblem(
          context,
          'the evidence is empty, too long or has several lines',
          `one line of at most ${longestEvidence} characters`,
          'name the ticket, the log or the page where it can be seen',
        ),
      ]
    : [];
}
