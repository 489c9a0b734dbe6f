import { identityOf, identityQuestion } from '../../lib/audit/identity';
import type { VaultEntry } from '../../lib/audit/vault-entry';
import { type Call, callLines, personAuth, workloadAuth } from './support/vault-lines';

const time = '2026-11-20T02:00:00Z';
const entryOf = (call: Partial<Call>): VaultEntry => JSON.parse(callLines({ time, ...call })[1]) as VaultEntry;
const login = entryOf({
  path: 'auth/userpass/login/asha',
  auth: null,
  response: { auth: personAuth() },
});

describe('identityOf', () => {
  it.each([
    [{ auth: workloadAuth() }, 'workload', 'nivesh/nivesh-backend', 'role nivesh-backend'],
    [{ auth: personAuth() }, 'person', 'userpass-asha', 'entity 5b3c6a4e-0000-4000-8000-000000000002'],
    [{ auth: { display_name: 'token', policies: ['root'] } }, 'person', 'token', 'policies root'],
    [{ auth: { policies: ['response-wrapping'] } }, 'person', 'token', 'policies response-wrapping'],
    [{ auth: null, clientToken: 'hmac-sha256:1' }, 'unknown', 'unknown token', 'hmac-sha256:1'],
    [{ auth: {}, clientToken: 'hmac-sha256:1' }, 'unknown', 'unknown token', 'hmac-sha256:1'],
  ])('of %j is %s %s (%s)', (call, kind, name, detail) => {
    expect(identityOf(entryOf(call))).toEqual({ kind, name, detail });
  });
});

describe('identityQuestion', () => {
  const workload = entryOf({ clientToken: 'hmac-sha256:2' });
  const person = entryOf({ auth: personAuth() });

  it.each([
    ['nivesh/nivesh-backend', workload],
    ['nivesh-backend', workload],
    ['5b3c6a4e-0000-4000-8000-000000000002', person],
    ['userpass-asha', person],
    ['asha', person],
    ['hmac-sha256:2', workload],
    ['asha', login],
  ])('finds %s', (text, entry) => {
    const { needle, matches } = identityQuestion(text);
    expect(JSON.stringify(entry)).toContain(needle);
    expect(matches(entry)).toBe(true);
  });

  it.each(['other/nivesh-backend', 'nivesh/backend', 'backen', 'sha', 'default', 'hmac-sha256:3', '10.0.0.7'])(
    'does not take %s for one of them',
    (text) => {
      const { matches } = identityQuestion(text);
      expect([workload, person, login].map(matches)).toEqual([false, false, false]);
    },
  );
});
