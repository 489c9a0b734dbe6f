import { checkUses, type ComposeFinding, literalFindings } from '../compose';
import type { Repository } from './model';
import type { Fault } from './rule';
import { isSecretName } from '../../values/secret-name';

/**
 * What the check of Compose files says without a catalog: every variable counts as declared and set.
 * @param fix what mends it here @default - what the check says itself
 */
export function composeFaults(
  { composeProjects }: Repository,
  rules: readonly ComposeFinding['rule'][],
  fix?: string,
): Fault[] {
  return composeProjects
    .flatMap(({ uses, literals, findings }) => [
      ...findings,
      ...literalFindings(literals),
      ...checkUses(
        uses,
        (name) => ({ secret: isSecretName(name), generated: isSecretName(name), declared: 'catalog', value: 'set' }),
        '',
      ),
    ])
    .filter(({ rule }) => rules.includes(rule))
    .map(({ file, line, message, fix: own }) => ({ location: { file, line }, message, fix: fix ?? own }));
}
