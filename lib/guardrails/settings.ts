import { mapOf } from '../plain-data';
import { type Problem, quoted, throwProblems } from '../catalog';
import { guardrails, type Surroundings } from './rules';

/** What a user may say about the rules where they are run. */
export interface Settings extends Surroundings {
  /** Ids of rules that are left out. @default - none */
  readonly skip?: readonly string[];
}

/** `namespace/name`. */
export const placePattern = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$';

/**
 * Reads settings as they stand in a file.
 * @param file for messages
 * @throws DeclarationError that lists every mistake
 */
export function parseSettings(file: string, given: unknown): Settings {
  const { secretsMadeElsewhere = [], skip = [], ...others } = mapOf(given);
  const ids = guardrails.map(({ id }) => id);
  throwProblems(file, [
    ...Object.keys(others).map((name) => ({
      path: name,
      what: 'the setting is not known',
      got: quoted(name),
      allowed: 'secretsMadeElsewhere, skip',
      fix: 'correct or remove it',
    })),
    ...checkList('secretsMadeElsewhere', secretsMadeElsewhere, 'Secrets as "namespace/name"', isPlace),
    ...checkList('skip', skip, ids.join(', '), (text) => ids.includes(text)),
  ]);
  return { secretsMadeElsewhere, skip } as Settings;
}

function isPlace(text: string): boolean {
  return new RegExp(placePattern).test(text);
}

function checkList(path: string, given: unknown, allowed: string, isAllowed: (text: string) => boolean): Problem[] {
  const wrong = Array.isArray(given)
    ? given.filter((element: unknown) => typeof element !== 'string' || !isAllowed(element))
    : [given];
  return wrong.map((element) => ({
    path,
    what: Array.isArray(given) ? 'the list has an element that is not usable' : 'it is not a list',
    got: quoted(element),
    allowed,
    fix: 'correct or remove it',
  }));
}
