import { InvalidArgumentError } from 'commander';
import { instantForms, parseInstant } from '../audit/window';

/**
 * A point in time of an option, in milliseconds since 1970.
 * @throws InvalidArgumentError where it is none
 */
export function parseWhen(text: string): number {
  const value = parseInstant(text, Date.now());
  if (value === undefined) {
    throw new InvalidArgumentError(`Allowed: ${instantForms}.`);
  }
  return value;
}
