import { correctionOf } from '../../catalog/nearest';
import { dayOf, isDay } from '../../day';
import type { Location } from './model';
import type { RelatedLocation, RepositoryFinding, RuleDescription } from './rule';

/** Somebody's word that a finding is known and why it stays for now. */
export interface Suppression {
  readonly rule: string;
  /** Where it stands. */
  readonly location: Location;
  readonly kind: 'inSource' | 'external';
  /** Its last day, as `2027-01-31`. @default - none is written, which is a mistake */
  readonly until?: string;
  /** @default - none is written, which is a mistake */
  readonly reason?: string;
  readonly covers: (finding: RepositoryFinding) => boolean;
}

/** A finding that is known. */
export interface SuppressedFinding {
  readonly finding: RepositoryFinding;
  readonly reason: string;
  readonly until: string;
  readonly kind: Suppression['kind'];
}

const form = 'nivesh-secrets-ignore RULE until YYYY-MM-DD: REASON';

/** A suppression whose time is over. */
export const suppressionExpired: RuleDescription = {
  id: 'suppression-expired',
  summary: 'the last day of a suppression is over',
  why: 'It was meant for a time, and the finding counts again.',
  fix: 'Mend the finding and remove the suppression, or give it a later day.',
  example: {
    wrong: '# nivesh-secrets-ignore secret-not-made until 2020-01-31: Terraform makes it',
    right: '(the Secret is made, and the line is gone)',
  },
  severity: 'error',
};

/** A suppression that does not say enough to be one. */
export const suppressionIncomplete: RuleDescription = {
  id: 'suppression-incomplete',
  summary: 'a suppression lacks its rule, reason or last day',
  why: 'Without a reason nobody can judge it later, and without a last day nobody ever will. It suppresses nothing.',
  fix: `Write ${form}, or the same in .nivesh-secrets-check.yaml.`,
  example: {
    wrong: '# nivesh-secrets-ignore secret-not-made',
    right: '# nivesh-secrets-ignore secret-not-made until 2027-01-31: Terraform makes it',
  },
  severity: 'error',
};

/** A suppression of nothing. */
export const suppressionUnused: RuleDescription = {
  id: 'suppression-unused',
  summary: 'a suppression matches no finding',
  why: 'What it was for is mended or has moved. Left in place, it hides the next fault of its kind.',
  fix: 'Remove it, or move it to the line of the finding or to the line above.',
  example: {
    wrong: '# nivesh-secrets-ignore refresh-interval-zero until 2027-01-31: tests\n  refreshInterval: 1h',
    right: '  refreshInterval: 1h',
  },
  severity: 'warning',
};

/**
 * Takes known findings out, and adds those about the suppressions themselves.
 * @param rules ids of every rule
 * @param now the last day of a suppression ends with the day in UTC
 */
export function applySuppressions(
  findings: readonly RepositoryFinding[],
  suppressions: readonly Suppression[],
  rules: readonly string[],
  now: Date,
): { readonly findings: readonly RepositoryFinding[]; readonly suppressed: readonly SuppressedFinding[] } {
  const mistakes = new Map(suppressions.map((suppression) => [suppression, mistakeIn(suppression, rules, now)]));
  const used = new Set<Suppression>();
  const suppressed: SuppressedFinding[] = [];
  const left = findings.filter((finding) => {
    const matching = suppressions.filter(({ rule, covers }) => rule === finding.rule && covers(finding));
    matching.forEach((suppression) => used.add(suppression));
    const valid = matching.find((suppression) => mistakes.get(suppression) === undefined);
    if (valid) {
      suppressed.push({ finding, reason: valid.reason ?? '', until: valid.until ?? '', kind: valid.kind });
    }
    return valid === undefined;
  });
  const unused = suppressions
    .filter((suppression) => mistakes.get(suppression) === undefined && !used.has(suppression))
    .map((suppression) => fault(suppressionUnused, suppression, `nothing here is a ${suppression.rule}`, 'remove it'));
  return {
    findings: [...left, ...[...mistakes.values()].filter((mistake) => mistake !== undefined), ...unused],
    suppressed,
  };
}

function mistakeIn(suppression: Suppression, rules: readonly string[], now: Date): RepositoryFinding | undefined {
  const { rule, until, reason } = suppression;
  const incomplete = (what: string, fix: string): RepositoryFinding =>
    fault(suppressionIncomplete, suppression, `the suppression ${what}`, fix);
  if (!rules.includes(rule)) {
    return incomplete(
      rule === '' ? 'names no rule' : `names a rule that does not exist: ${rule}`,
      correctionOf(rule, rules, 'see nivesh-secrets check --rules'),
    );
  }
  if (reason === undefined) {
    return incomplete('has no reason', `write ${form}`);
  }
  if (until === undefined || !isDay(until)) {
    return incomplete(
      until === undefined ? 'has no last day' : 'has a last day that is none',
      'write until YYYY-MM-DD',
    );
  }
  return until < dayOf(now)
    ? fault(
        suppressionExpired,
        suppression,
        `the suppression of ${rule} ended on ${until}`,
        'mend the finding, or give it a later day',
      )
    : undefined;
}

function fault({ id }: RuleDescription, { location }: Suppression, message: string, fix: string): RepositoryFinding {
  const related: readonly RelatedLocation[] = [];
  return { rule: id, location, message, fix, related };
}
