import type { AccessProof } from '../check/access-proof';
import type { WorkloadDelivery } from '../check/delivery';
import { formatFinding } from '../check/finding';
import type { Verification } from '../check/verification';
import { printFindings } from './findings';
import { print, table } from './output';

/** The verification for people: what was looked at, what is wrong, and what that amounts to. */
export function printVerification(verification: Verification, now: number): void {
  const { deliveries, proofs, findings } = verification;
  print(
    table(
      ['WORKLOAD', 'SECRET', 'VARIABLES', 'READY', 'REFRESHED', 'PATHS ASKED', 'ROLES REFUSED'],
      deliveries.map((delivery) =>
        row(
          delivery,
          proofs.find(({ workload }) => workload === delivery.workload),
          now,
        ),
      ),
    ),
  );
  print('');
  printFindings(
    findings.map((finding) => ({
      place: `[${finding.check}] ${finding.object}`,
      message: formatFinding(finding).slice(finding.object.length).replace(/^: /, '').trim(),
      fix: finding.fix,
    })),
    `${summary(verification)}: all as declared`,
  );
}

function row(delivery: WorkloadDelivery, proof: AccessProof | undefined, now: number): string[] {
  const { workload, namespace, secret, variables, ready, refreshTime } = delivery;
  return [
    workload,
    `${namespace}/${secret}`,
    String(variables.length),
    ready ? 'yes' : 'no',
    refreshTime === undefined ? 'never' : `${age(now - Date.parse(refreshTime))} ago`,
    String(proof?.asked ?? 0),
    proof ? `${proof.rolesTried - proof.rolesOpen.length} of ${proof.rolesTried}` : '0',
  ];
}

function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) {
    return `${seconds} s`;
  }
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function summary({ environment, deliveries, proofs, compared, valuesLooked }: Verification): string {
  const asked = proofs.reduce((sum, proof) => sum + proof.asked, 0);
  const refused = proofs.reduce((sum, { rolesTried, rolesOpen }) => sum + rolesTried - rolesOpen.length, 0);
  return [
    `${environment}: ${deliveries.length} workloads`,
    `${asked} paths asked of Vault`,
    `${refused} logins with roles of others refused`,
    `${compared} objects compared`,
    ...(valuesLooked === undefined ? [] : [`${valuesLooked} values looked at`]),
  ].join(', ');
}
