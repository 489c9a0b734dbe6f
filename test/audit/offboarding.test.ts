import { nivesh } from '../../environments/catalog';
import { production } from '../../environments/production';
import { renderCaseFile, stepStates } from '../../lib/audit/case-file';
import { exposedFields } from '../../lib/audit/exposure';
import { type Offboarding, offboardingCase } from '../../lib/audit/offboarding';

const openedAt = new Date('2026-11-26T10:00:00Z');
const entity = 'b4a1c0de-0000-4000-8000-000000000001';

const offboarding: Offboarding = {
  environment: production,
  openedAt,
  now: new Date('2026-11-26T11:00:00Z'),
  person: {
    name: 'asha',
    entities: [
      {
        id: entity,
        name: 'asha',
        disabled: false,
        logins: [{ mount: 'userpass', type: 'userpass', name: 'asha' }],
      },
    ],
    unusedLogins: [{ mount: 'ldap', type: 'ldap', name: 'asha' }],
    tokens: [{ accessor: 'accessor-1', displayName: 'userpass-asha' }],
    policies: ['developers'],
  },
  readable: ['nivesh/alertmanager', 'nivesh/redis'],
  unjudged: [],
  reads: {
    since: new Date('2026-10-27T10:00:00Z'),
    paths: [
      {
        path: 'nivesh/redis',
        count: 3,
        first: new Date('2026-11-01T09:00:00Z'),
        last: new Date('2026-11-20T09:00:00Z'),
      },
    ],
    gaps: ['the window begins before the log'],
  },
  exposed: exposedFields(nivesh, new Set(['nivesh/alertmanager', 'nivesh/redis']), new Set(['nivesh/redis'])),
  rotatedAt: new Map([['nivesh/redis.password', new Date('2026-11-26T10:30:00Z')]]),
};

function openSteps(change: Partial<Offboarding>): string[] {
  return stepStates(offboardingCase({ ...offboarding, ...change }).steps, undefined)
    .filter(({ done }) => !done)
    .map(({ id }) => id);
}

describe('offboardingCase', () => {
  it('says what they could read and read, and what is to be done in order', () => {
    expect(renderCaseFile(offboardingCase(offboarding))).toMatchInlineSnapshot(`
     "# Offboarding of asha

     <!-- memory: {"openedAt":"2026-11-26T10:00:00.000Z","readable":["nivesh/alertmanager","nivesh/redis"],"read":["nivesh/redis"]} -->

     ## Case

     | environment | opened | updated |
     | --- | --- | --- |
     | production | 2026-11-26T10:00:00.000Z | 2026-11-26T11:00:00.000Z |

     ## Identity in Vault

     | login | type | entity | state |
     | --- | --- | --- | --- |
     | userpass/asha | userpass | b4a1c0de-0000-4000-8000-000000000001 | enabled |
     | ldap/asha | ldap | none: never used | enabled |

     Live tokens: 1. Policies: developers.

     ## What they could read

     | secret | values to replace |
     | --- | --- |
     | nivesh/alertmanager | pagerduty_key, slack_webhook_url |
     | nivesh/redis | password |

     ## What they read

     Since 2026-10-27T10:00:00.000Z:

     | secret | reads | first | last |
     | --- | --- | --- | --- |
     | nivesh/redis | 3 | 2026-11-01T09:00:00.000Z | 2026-11-20T09:00:00.000Z |

     Gaps:

     - the window begins before the log

     ## Steps

     - [ ] Disable the entity b4a1c0de-0000-4000-8000-000000000001: it bars every login and every token of asha (it is enabled) <!-- disable-entity/b4a1c0de-0000-4000-8000-000000000001 -->

       \`\`\`text
       vault write identity/entity/id/b4a1c0de-0000-4000-8000-000000000001 disabled=true
       \`\`\`

     - [ ] Delete the login ldap/asha, which has no entity to disable (it is there) <!-- delete-login/ldap/asha -->

       \`\`\`text
       vault delete auth/ldap/users/asha
       \`\`\`

     - [ ] Revoke every token, and with them what they lease (1 token left) <!-- revoke-tokens -->

       \`\`\`text
       vault token revoke -accessor accessor-1
       \`\`\`

     - [x] Replace nivesh/redis.password, which opens a database, for whoever reaches it and which they read (replaced 2026-11-26T10:30:00.000Z) <!-- rotate/nivesh/redis.password -->

       \`\`\`text
       nivesh-secrets rotate nivesh/redis.password --environment production
       \`\`\`

     - [ ] Replace nivesh/alertmanager.pagerduty_key, which is accepted by an outside service, from anywhere and which they could read (not replaced since) <!-- rotate/nivesh/alertmanager.pagerduty_key -->

       \`\`\`text
       nivesh-secrets rotate nivesh/alertmanager.pagerduty_key --environment production
       \`\`\`

     - [ ] Replace nivesh/alertmanager.slack_webhook_url, which is accepted by an outside service, from anywhere and which they could read (not replaced since) <!-- rotate/nivesh/alertmanager.slack_webhook_url -->

       \`\`\`text
       nivesh-secrets rotate nivesh/alertmanager.slack_webhook_url --environment production
       \`\`\`

     - [ ] Take asha out of the cluster's roles, and replace certificates and kubeconfigs that they hold <!-- cluster -->

       \`\`\`text
       kubectl get rolebindings,clusterrolebindings --all-namespaces --output wide
       \`\`\`

     - [ ] End access to repositories: membership, personal tokens, SSH keys, deploy keys, secrets of CI <!-- repositories -->

       \`\`\`text
       nivesh-secrets ci --dry-run
       \`\`\`

     - [ ] End accounts in applications (Grafana, Airflow), and at outside issuers <!-- applications -->
     - [ ] Where they held a copy of the sealing keys: make a new key pair and seal again <!-- sealing-keys -->

     ## Notes

     What was found and decided, by whom.

     ## Signed off

     Name and date, once every step is ticked:
     "
    `);
  });

  it('takes a rotation before the case for none', () => {
    const rotatedAt = new Map([['nivesh/redis.password', new Date('2026-11-26T09:59:59Z')]]);
    expect(openSteps({ rotatedAt })).toContain('rotate/nivesh/redis.password');
    expect(openSteps({})).not.toContain('rotate/nivesh/redis.password');
  });

  it('sees what Vault says is done', () => {
    const { person } = offboarding;
    const gone = {
      ...person,
      entities: person.entities.map((one) => ({ ...one, disabled: true })),
      unusedLogins: [],
      tokens: [],
    };
    const open = openSteps({ person: gone });
    expect(open).not.toContain(`disable-entity/${entity}`);
    expect(open).not.toContain('revoke-tokens');
    expect(openSteps({})).toEqual(
      expect.arrayContaining([`disable-entity/${entity}`, 'delete-login/ldap/asha', 'revoke-tokens']),
    );
  });

  it('does not take silence in a log with gaps for proof', () => {
    const silent = (gaps: readonly string[]): string =>
      renderCaseFile(offboardingCase({ ...offboarding, reads: { since: openedAt, paths: [], gaps } }));
    expect(silent([])).toContain('Nothing, and the log has no gap.');
    expect(silent(['a gap'])).toContain('it has gaps, so this proves nothing');
  });
});
