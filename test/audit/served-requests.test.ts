import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countServedRequests } from '../../lib/audit/served-requests';

describe('countServedRequests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'audit.log');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const entry = (role: string | undefined, operation: string, path: string, more: object = {}): string =>
    JSON.stringify({
      type: 'response',
      auth: role === undefined ? {} : { metadata: { role } },
      request: { operation, path },
      ...more,
    });

  it('counts answers a role, refusals among them, and leaves requests, people and a half-written line out', async () => {
    writeFileSync(
      file,
      [
        entry('nivesh-backend', 'update', 'auth/kubernetes/login'),
        entry('nivesh-backend', 'read', 'secret/data/nivesh/backend', { type: 'request' }),
        entry('nivesh-backend', 'read', 'secret/data/nivesh/backend'),
        entry('nivesh-backend', 'read', 'secret/data/nivesh/grafana', { error: '1 error occurred: permission denied' }),
        entry('nivesh-backend', 'read', 'auth/token/lookup-self'),
        entry('nivesh-backend', 'update', 'auth/token/revoke-self'),
        entry(undefined, 'read', 'secret/data/nivesh/backend'),
        entry('nivesh-mlflow', 'update', 'auth/kubernetes/login'),
        '{"type":"respo',
      ].join('\n'),
    );
    expect(Object.fromEntries(await countServedRequests(file))).toEqual({
      'nivesh-backend': { logins: 1, reads: 2, lookups: 1, revocations: 1, total: 5, denied: 1 },
      'nivesh-mlflow': { logins: 1, reads: 0, lookups: 0, revocations: 0, total: 1, denied: 0 },
    });
  });

  it('begins where it is told to', async () => {
    writeFileSync(file, `${entry('a', 'read', 'secret/data/x')}\n`);
    const { size } = statSync(file);
    writeFileSync(file, `${entry('a', 'read', 'secret/data/x')}\n${entry('b', 'read', 'secret/data/x')}\n`);
    expect([...(await countServedRequests(file, size)).keys()]).toEqual(['b']);
  });
});
