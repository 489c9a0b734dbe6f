import type { AccessGrant } from '../../lib/audit/access-matrix';
import { overviewHtml } from '../../lib/audit/matrix-html-overview';

function grant(workload: string, secret: string, fields: readonly string[]): AccessGrant {
  return {
    ...{ environment: 'staging', workload, secret, access: 'read', fields },
    variables: fields.map((field) => ({ name: field.toUpperCase(), fields: [field] })),
    identity: { type: 'dotenv', file: '.env' },
  };
}

describe('overviewHtml', () => {
  it('counts each field of a secret once a reader, whatever the number of grants', () => {
    const { text } = overviewHtml([grant('web', 'pg', ['user', 'password']), grant('web', 'pg', ['password'])]);
    expect(text).toContain('aria-label="web reads 2 fields of pg: show">2</button>');
    expect(text).toContain('<td class="total">1 reader</td>');
  });

  it('has no grid where nobody could look through it', () => {
    const grants = Array.from({ length: 300 }, (_, index) => grant(`w${index}`, `s${index}`, ['a']));
    expect(overviewHtml(grants).text).toBe(
      '<p id="overview">300 secrets and 300 readers are too many to show side by side: filter the grants below.</p>',
    );
  });
});
