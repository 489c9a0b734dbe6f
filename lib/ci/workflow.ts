import type { Environment, GithubActionsDelivery } from '../catalog';
import { usageError } from '../cli/errors';

/**
 * The `env:` block that gives a job its secrets, after the `environment:` that they are in. A job should have those that it
 * uses and no others.
 * @param names @default - every declared secret
 * @throws CliError for a name that is not declared
 */
export function workflowEnv({ delivery }: Environment<GithubActionsDelivery>, names: readonly string[] = []): string {
  const declared = Object.keys(delivery.secrets);
  const strange = names.filter((name) => !declared.includes(name));
  if (strange.length > 0) {
    throw usageError(`not declared: ${strange.join(', ')}, allowed: ${declared.join(', ')}`, 'correct the names');
  }
  const chosen = names.length === 0 ? declared : declared.filter((name) => names.includes(name));
  const { environment } = delivery;
  return [
    // JSON quotes as YAML does.
    ...(environment === undefined ? [] : [`environment: ${JSON.stringify(environment)}`]),
    'env:',
    ...chosen.map((name) => `  ${name}: \${{ secrets.${name} }}`),
  ].join('\n');
}
