import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeviceHash, findValue, hashesOf, type ValueReport } from '../../lib/audit/find-value';
import { findLogFiles } from '../../lib/audit/log-files';
import { SecretValue } from '../../lib/values/secret-value';
import type { VaultClient } from '../../lib/vault/client';
import { type Call, hash, heartbeat, logOf, personAuth } from './support/vault-lines';

const day = (hour: number): string => `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`;
const window = { since: Date.parse(day(1)), until: Date.parse(day(9)) };

describe('findValue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'find-value-'));
  const first: DeviceHash = { device: 'first', hash: hash(), raw: false };
  const second: DeviceHash = { device: 'second', hash: hash(), raw: false };

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const question = ({ device, hash: input }: DeviceHash): Call => ({
    time: day(8),
    id: '0a0b0c0d-1111-2222-3333-444455556666',
    path: `sys/audit-hash/${device}`,
    operation: 'update',
    auth: personAuth('root'),
    requestData: { input },
    response: { data: { hash: hash() } },
  });

  async function ask(devices: readonly DeviceHash[], ...logs: (readonly Call[])[]): Promise<ValueReport> {
    const files = logs.map((calls, index) => {
      const file = join(folder, `${index}.log`);
      const sorted = [...calls].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
      writeFileSync(file, logOf([...heartbeat(day(0), 1), ...sorted, ...heartbeat(day(10), 1)]));
      return file;
    });
    return await findValue({ logs: await findLogFiles(files), window, hashes: devices });
  }

  const calls = (device: DeviceHash): Call[] => [
    ...heartbeat(day(1), 9),
    {
      time: day(2),
      id: '0a0b0c0d-1111-2222-3333-000000000001',
      path: 'secret/data/nivesh/backend',
      auth: personAuth(),
      response: { data: { data: { jwt_secret: device.hash, other: hash() }, metadata: { version: 1 } } },
    },
    {
      time: day(3),
      id: '0a0b0c0d-1111-2222-3333-000000000002',
      path: 'auth/userpass/login/ravi',
      operation: 'update',
      auth: null,
      requestData: { password: device.hash, list: [device.hash] },
      error: '1 error occurred:\n\t* invalid username or password\n\n',
      response: null,
    },
  ];

  it('tells who was given it and who sent it, each once whatever the device, and who asked for its hash', async () => {
    const report = await ask([first, second], [...calls(first), question(first)], [...calls(second), question(second)]);
    expect(report.given).toMatchObject([
      { identity: { name: 'userpass-asha' }, path: 'secret/data/nivesh/backend', count: 1, keys: ['jwt_secret'] },
    ]);
    expect(report.sent).toMatchObject([
      { path: 'auth/userpass/login/ravi', keys: ['list', 'password'], refusal: 'invalid username or password' },
    ]);
    expect(report.hashed).toMatchObject([{ identity: { name: 'userpass-root' }, count: 1 }]);
    expect(report.gaps).toEqual([]);
  });

  it('says for which device the log is not among the files', async () => {
    const { gaps } = await ask([first, second], [...calls(first), question(first)]);
    expect(gaps).toMatchObject([{ kind: 'salt', fix: 'give the newest log of device "second"' }]);
  });

  it('says that a device was enabled again, and that one writes values as they are', async () => {
    const enabling = { path: 'sys/audit/first', operation: 'update', response: null, auth: personAuth('root') };
    const raw = { ...first, raw: true };
    const { gaps } = await ask([raw], [...calls(first), question(first), { ...enabling, time: day(5) }]);
    expect(gaps.map(({ kind }) => kind)).toEqual(['device', 'salt', 'salt']);
  });
});

describe('hashesOf', () => {
  /** Answers what these tests ask, and nothing else. */
  function fakeVault(answers: Readonly<Record<string, unknown>>): VaultClient {
    const answer = (path: string): unknown => {
      if (!(path in answers)) {
        throw new Error(`unexpected request: ${path}`);
      }
      return answers[path];
    };
    return {
      read: (path: string) => Promise.resolve(answer(path)),
      write: (path: string, body: { input: string }) =>
        Promise.resolve({ data: { hash: `${String(answer(path))}(${body.input})` } }),
    } as unknown as VaultClient;
  }

  it('asks every device of Vault, and knows which of them hash nothing', async () => {
    const vault = fakeVault({
      'sys/audit': { 'b/': { options: { log_raw: 'true' } }, 'a/': { options: null }, request_id: 'x' },
      'sys/audit-hash/a': 'A',
      'sys/audit-hash/b': 'B',
    });
    expect(await hashesOf(vault, new SecretValue('v'))).toEqual([
      { device: 'a', hash: 'A(v)', raw: false },
      { device: 'b', hash: 'B(v)', raw: true },
    ]);
  });

  it('asks only the devices that are named', async () => {
    const vault = fakeVault({ 'sys/audit-hash/a': 'A' });
    expect(await hashesOf(vault, new SecretValue('v'), ['a'])).toMatchObject([{ device: 'a', hash: 'A(v)' }]);
  });
});
