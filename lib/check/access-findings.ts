import type { AccessProof } from './access-proof';
import type { VerifyFinding } from './finding';

/** What is wrong with the access of each workload, a finding a path, a role or a policy. */
export function accessFindings(environmentName: string, proofs: readonly AccessProof[]): VerifyFinding[] {
  return proofs.flatMap((proof) => findingsOf(proof, `pulumi up --stack ${environmentName}`));
}

function findingsOf(proof: AccessProof, up: string): VerifyFinding[] {
  const { workload, identity, role, policy, refused, differences, otherPolicies, rolesOpen } = proof;
  const finding = (message: string, fix: string, field?: string): VerifyFinding => ({
    check: 'access',
    object: workload,
    ...(field === undefined ? {} : { field }),
    message,
    fix,
  });
  return [
    ...(refused === undefined ? [] : [finding(`${identity} cannot log in with role ${role}: ${refused}`, up)]),
    ...differences.flatMap(({ path, missing, extra }) => [
      ...(missing.length > 0 ? [finding(`Vault refuses ${missing.join(', ')}, the catalog grants it`, up, path)] : []),
      ...(extra.length > 0
        ? [
            finding(
              `Vault allows ${extra.join(', ')}, the catalog does not`,
              `${up} if policy ${policy} was changed, else find the policy that grants it`,
              path,
            ),
          ]
        : []),
    ]),
    ...otherPolicies.map((name) =>
      finding(
        `its token has policy ${name} beside ${policy}`,
        `take it from role ${role}, from the identity ${identity}, or from the identity's groups`,
      ),
    ),
    ...rolesOpen.map((name) =>
      finding(
        `${identity} can log in with role ${name}, which is not its own`,
        `bind role ${name} to its own workload`,
      ),
    ),
  ];
}
