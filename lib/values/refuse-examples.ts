import type { Environment, ValueSource } from '../catalog';
import { exampleReason } from './example-values';
import type { SecretValue } from './secret-value';

/**
 * Why an environment refuses a value, as one clause that never shows the value; nothing where it does not.
 * @param source where the value comes from @default - a secret
 */
export type ExampleRefusal = (value: SecretValue, source?: ValueSource) => string | undefined;

/**
 * The golden rule as code: production has no value that looks like an example. Other environments refuse nothing. The name
 * of an account is no secret and may well stand in an example.
 * @param examples every value in the repository's example files, from `collectExampleValues`
 */
export function refuseExamples(
  { production }: Pick<Environment, 'production'>,
  examples: ReadonlySet<string>,
): ExampleRefusal {
  return (value, source) => {
    const reason = production && source?.type !== 'username' ? exampleReason(value, examples) : undefined;
    return reason === undefined ? undefined : `the value looks like an example: ${reason}`;
  };
}
