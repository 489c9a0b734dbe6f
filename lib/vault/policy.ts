import { compare, type Problem, quoted, throwProblems } from '../catalog';

/**
 * What a token may do at a path (https://developer.hashicorp.com/vault/docs/concepts/policies#capabilities), in the
 * order in which a printed policy lists them.
 */
const capabilityOrder = ['create', 'read', 'update', 'patch', 'delete', 'list', 'sudo', 'deny'] as const;

export type Capability = (typeof capabilityOrder)[number];

/** One path of a policy. */
export interface PolicyRule {
  /** API path without `/v1/`. Exact: `*` and `+` would grant more than was declared. */
  readonly path: string;
  readonly capabilities: readonly Capability[];
}

/** Letters of API paths; none has a meaning in HCL strings or in Vault's path matching. */
const exactPath = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;

/**
 * Puts rules in the one order that the same rights always have: sorted by path, each path once.
 * @param name of the policy, for messages
 * @throws DeclarationError with every problem at once
 */
export function policyRules(name: string, rules: readonly PolicyRule[]): PolicyRule[] {
  throwProblems(`policy ${quoted(name)}`, [
    ...checkCount(name, rules),
    ...rules.flatMap((rule) => checkRule(name, rule)),
  ]);
  const granted = new Map<string, Set<Capability>>();
  for (const { path, capabilities } of rules) {
    const known = granted.get(path) ?? new Set();
    capabilities.forEach((capability) => known.add(capability));
    granted.set(path, known);
  }
  return [...granted]
    .sort(([a], [b]) => compare(a, b))
    .map(([path, known]) => ({ path, capabilities: capabilityOrder.filter((capability) => known.has(capability)) }));
}

/**
 * The policy as Vault takes it: the same rights always give the same text.
 * @param name of the policy, for messages
 * @throws DeclarationError with every problem at once
 */
export function renderPolicy(name: string, rules: readonly PolicyRule[]): string {
  return policyRules(name, rules)
    .map(({ path, capabilities }) => {
      const list = capabilities.map((capability) => `"${capability}"`).join(', ');
      return `path "${path}" {\n  capabilities = [${list}]\n}\n`;
    })
    .join('\n');
}

function checkCount(name: string, rules: readonly PolicyRule[]): Problem[] {
  return rules.length > 0
    ? []
    : [
        {
          path: `policies.${name}`,
          what: 'the policy grants nothing',
          got: 'no path',
          allowed: 'one path or more',
          fix: 'declare what its holder reads, or remove it',
        },
      ];
}

function checkRule(name: string, { path, capabilities }: PolicyRule): Problem[] {
  const problems: Problem[] = [];
  if (!exactPath.test(path)) {
    problems.push({
      path: `policies.${name}`,
      what: 'not an exact path of the API',
      got: quoted(path),
      allowed: 'segments of letters, digits, "-", "_" and "." joined by "/", without "*" or "+"',
      fix: 'name every path that is needed',
    });
  }
  if (capabilities.length === 0 || (capabilities.includes('deny') && capabilities.length > 1)) {
    problems.push({
      path: `policies.${name}.${path}`,
      what: 'the capabilities contradict each other or are missing',
      got: capabilities.length === 0 ? 'none' : capabilities.join(', '),
      allowed: 'one or more of create, read, update, patch, delete, list, sudo; or deny alone',
      fix: 'name what the holder does there',
    });
  }
  return problems;
}
