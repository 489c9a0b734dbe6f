import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byIdentity, type IdentityReport } from '../../lib/audit/by-identity';
import { findLogFiles } from '../../lib/audit/log-files';
import { hash, heartbeat, logOf, personAuth } from './support/vault-lines';

const day = (hour: number): string => `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`;

describe('byIdentity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'by-identity-'));
  const file = join(folder, 'audit.log');
  const token = hash();

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  beforeAll(() => {
    const calls = [
      ...heartbeat(day(0), 11),
      {
        time: day(2),
        path: 'auth/userpass/login/asha',
        operation: 'update',
        auth: null,
        response: { auth: personAuth() },
      },
      { time: day(3), auth: personAuth(), response: { wrap_info: { token } } },
      { time: day(4), auth: personAuth(), path: 'other/data/nivesh/backend' },
      { time: day(4), auth: personAuth('ravi'), path: 'sys/wrapping/unwrap', requestData: { token }, response: null },
      {
        time: day(5),
        path: 'auth/userpass/login/asha',
        operation: 'update',
        auth: null,
        error: '1 error occurred:\n\t* invalid username or password\n\n',
        response: null,
      },
    ];
    writeFileSync(file, logOf(calls.sort((a, b) => Date.parse(a.time) - Date.parse(b.time))));
  });

  async function ask(identity: string): Promise<IdentityReport> {
    const window = { since: Date.parse(day(1)), until: Date.parse(day(9)) };
    return await byIdentity({ logs: await findLogFiles([file]), window, mount: 'secret', identity });
  }

  it('tells what a person read and did otherwise, logins that failed among them', async () => {
    const report = await ask('asha');
    expect(report.people).toMatchObject([{ path: 'nivesh/backend', action: 'read, wrapped' }]);
    expect(report.others.map(({ path, identity, refusal }) => [path, identity.name, refusal])).toEqual([
      ['auth/userpass/login/asha', 'unknown token', 'invalid username or password'],
      ['auth/userpass/login/asha', 'userpass-asha', undefined],
      ['other/data/nivesh/backend', 'userpass-asha', undefined],
    ]);
    expect(report.gaps.map(({ kind }) => kind)).toEqual(['wrapped']);
  });

  it('follows a wrapping token by its hash to whoever unwrapped it', async () => {
    const report = await ask(token);
    expect(report.people).toMatchObject([{ identity: { name: 'userpass-asha' }, action: 'read, wrapped' }]);
    expect(report.others).toMatchObject([{ identity: { name: 'userpass-ravi' }, path: 'sys/wrapping/unwrap' }]);
    expect(report.gaps.map(({ kind }) => kind)).toEqual(['wrapped']);
  });
});
