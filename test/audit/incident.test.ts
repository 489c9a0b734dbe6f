import { backend } from '../../environments/secrets';
import { production } from '../../environments/production';
import { renderCaseFile, stepStates } from '../../lib/audit/case-file';
import {
  firstSeen,
  historyTimeline,
  type Incident,
  incidentCase,
  isRevoked,
  reportDue,
} from '../../lib/audit/incident';

const openedAt = new Date('2026-11-26T10:00:00Z');
const findings = [
  {
    object: 'a'.repeat(40),
    type: 'blob' as const,
    places: [{ commit: 'b'.repeat(40), time: new Date('2026-11-20T08:00:00Z'), path: 'backend/.env' }],
  },
];

const audit = {
  since: new Date('2026-11-20T08:00:00Z'),
  people: ['userpass-asha'],
  workloads: ['nivesh/nivesh-backend'],
  refused: 1,
  gaps: [],
};

const incident: Incident = {
  environment: production,
  field: backend.jwt_secret,
  breaks: ['every token that was signed with it is refused.'],
  openedAt,
  now: new Date('2026-11-26T11:00:00Z'),
  rotation: {
    mode: 'revoke-now',
    startedAt: new Date('2026-11-26T10:05:00Z'),
    finishedAt: new Date('2026-11-26T10:07:00Z'),
  },
  history: { repository: '.', findings },
  audit,
  timeline: historyTimeline(findings),
};

function done(change: Partial<Incident>): string[] {
  return stepStates(incidentCase({ ...incident, ...change }).steps, undefined)
    .filter((step) => step.done)
    .map(({ id }) => id);
}

describe('incidentCase', () => {
  it('tells what is known, and what is to be done in order', () => {
    expect(renderCaseFile(incidentCase(incident))).toMatchInlineSnapshot(`
     "# Incident: nivesh/backend.jwt_secret leaked

     <!-- memory: {"openedAt":"2026-11-26T10:00:00.000Z"} -->

     ## Case

     | environment | opened | updated | report due |
     | --- | --- | --- | --- |
     | production | 2026-11-26T10:00:00.000Z | 2026-11-26T11:00:00.000Z | 2026-11-26T16:00:00.000Z |

     ## Who holds the value

     | workload | Secret | variable |
     | --- | --- | --- |
     | nivesh-backend | nivesh/nivesh-backend-secret | JWT_SECRET |

     ## In the repository

     | path | commit | time | object |
     | --- | --- | --- | --- |
     | backend/.env | bbbbbbbbbbbb | 2026-11-20T08:00:00.000Z | aaaaaaaaaaaa |

     ## Who read it

     Since 2026-11-20T08:00:00.000Z: people and other tokens: userpass-asha; workloads: nivesh/nivesh-backend; refused attempts: 1.

     ## Timeline

     | time | source | what |
     | --- | --- | --- |
     | 2026-11-20T08:00:00.000Z | git | commit bbbbbbbbbbbb changes backend/.env, which holds the value before or after |
     | 2026-11-26T10:00:00.000Z | case | the case was opened |

     ## Steps

     - [x] Revoke the value now, before anything else: it is known, whatever is removed. What breaks: every token that was signed with it is refused. (replaced 2026-11-26T10:07:00.000Z) <!-- revoke -->

       \`\`\`text
       nivesh-secrets rotate nivesh/backend.jwt_secret --environment production --revoke-now
       \`\`\`

     - [ ] Remove it from the history of every branch and tag, in a fresh clone (1 object holds it) <!-- purge-history -->

       \`\`\`text
       git clone --mirror <address> purge.git
       git -C purge.git filter-repo --sensitive-data-removal --replace-text <file of mode 0600 with the value in it>
       git -C purge.git push --force --mirror origin
       \`\`\`

     - [ ] Ask the hosting service to remove cached views and pull requests that show it; have every clone and fork made anew, since a push from an old one brings it back <!-- purge-copies -->
     - [x] Find out who read it, since it leaked and before (answered without gaps) <!-- audit -->

       \`\`\`text
       nivesh-secrets audit who-read nivesh/backend.jwt_secret --environment production --log '<audit logs>' --since 30d
       \`\`\`

     - [ ] Find out who sent the value itself to Vault or was given it under another name <!-- find-value -->

       \`\`\`text
       pass show <the value> | nivesh-secrets audit find-value --environment production --log '<audit logs>'
       \`\`\`

     - [ ] Tell the security team and the owners of nivesh-backend, userpass-asha <!-- tell-owners -->
     - [ ] Decide with the data protection officer whether to report: CERT-In within 6 hours, by 2026-11-26T16:00:00.000Z; the Data Protection Board and the people concerned where personal data was in reach <!-- tell-authorities -->
     - [ ] Check that everything works with the new value <!-- verify -->

       \`\`\`text
       nivesh-secrets verify --environment production
       \`\`\`

     - [ ] Find out why no check stopped it, and add the rule that would have <!-- prevent -->
     - [ ] Hold the post-mortem: cause, effect, what is changed by whom until when (Notes) <!-- post-mortem -->

     ## Notes

     What was found and decided, by whom.

     ## Signed off

     Name and date, once every step is ticked:
     "
    `);
  });

  it('revokes first', () => {
    expect(incidentCase(incident).steps[0]?.id).toBe('revoke');
  });

  it('counts as done only what is proven', () => {
    expect(done({})).toEqual(['revoke', 'audit']);
    expect(done({ history: { repository: '.', findings: [] } })).toContain('purge-history');
    expect(done({ audit: { ...audit, gaps: ['a gap'] } })).not.toContain('audit');
  });

  it('takes a rotation before the case, or one that is not finished, for none', () => {
    const startedAt = new Date('2026-11-26T09:00:00Z');
    expect(isRevoked({ openedAt, rotation: { mode: 'overlap', startedAt, finishedAt: startedAt } })).toBe(false);
    expect(isRevoked({ openedAt, rotation: { mode: 'revoke-now', startedAt: openedAt } })).toBe(false);
  });

  it('counts a rotation between the leak and the case', () => {
    const leakedAt = firstSeen(findings) ?? openedAt;
    const rotation = { mode: 'overlap', startedAt: leakedAt, finishedAt: new Date('2026-11-21T09:00:00Z') };
    expect(isRevoked({ openedAt, leakedAt, rotation })).toBe(true);
    expect(isRevoked({ openedAt, rotation })).toBe(false);
    expect(firstSeen([])).toBeUndefined();
  });

  it('knows when the report is due', () => {
    expect(reportDue(openedAt).toISOString()).toBe('2026-11-26T16:00:00.000Z');
  });
});
