import type { LocatedObject } from '../check/repository/model';
import { checkObjects, type ObjectRule, type RepositoryFinding } from '../check/repository/rule';
import { objectRules } from '../check/repository/rules';
import { objectMadeTwice } from './object-made-twice';

/** Rules that every set of objects has to keep: those of `nivesh-secrets check`, and those for what one program makes. */
export const guardrails: readonly ObjectRule[] = [...objectRules, objectMadeTwice];

/** What a set of objects cannot know of itself. */
export interface Surroundings {
  /** Secrets, as `namespace/name`, that something else makes. @default - none */
  readonly secretsMadeElsewhere?: readonly string[];
}

/** Runs rules over objects, and over what stands for those that something else makes. */
export function checkGuardrails(
  rules: readonly ObjectRule[],
  objects: readonly LocatedObject[],
  { secretsMadeElsewhere = [] }: Surroundings,
): RepositoryFinding[] {
  return checkObjects(rules, [...objects, ...secretsMadeElsewhere.map(standIn)]);
}

/** A token of a service account has keys that nobody knows before it is made, and so has this one. */
function standIn(place: string): LocatedObject {
  const [namespace = '', name = ''] = place.split('/');
  return {
    manifest: {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { namespace, name },
    },
    locate: () => ({ file: `secretsMadeElsewhere: ${place}` }),
  };
}
