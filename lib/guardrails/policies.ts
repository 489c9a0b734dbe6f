import type { ReportViolation, StackValidationArgs, StackValidationPolicy } from '@pulumi/policy';
import type { ObjectRule } from '../check/repository/rule';
import { stackObjects } from './pulumi-objects';
import { checkGuardrails, guardrails, type Surroundings } from './rules';
import { placePattern } from './settings';

/** A policy for each rule, with its id as its name: configuration turns it off, on, or into advice. */
export const objectPolicies: readonly StackValidationPolicy[] = guardrails.map((rule) => ({
  name: rule.id,
  // The engine prints it before each violation.
  description: rule.summary,
  enforcementLevel: rule.severity === 'error' ? 'mandatory' : 'advisory',
  configSchema: {
    properties: { secretsMadeElsewhere: { type: 'array', items: { type: 'string', pattern: placePattern } } },
  },
  validateStack: (args, reportViolation) => {
    validate(rule, args, reportViolation);
  },
}));

function validate(rule: ObjectRule, args: StackValidationArgs, reportViolation: ReportViolation): void {
  const { objects, uncertain } = stackObjects(args.resources);
  for (const { message, fix, location } of checkGuardrails([rule], objects, args.getConfig<Surroundings>())) {
    // What is not known yet cannot be wrong yet: it is judged when it is made.
    if (!uncertain.has(location.file)) {
      reportViolation(`${message}, fix: ${fix}`, location.file);
    }
  }
}
