import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { reencryptionProgress } from '../../lib/cli/reencryption-progress';
import { Keyring } from '../../lib/encryption';
import { runCommand } from '../support/command-line';

describe('nivesh-secrets reencrypt', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-reencrypt-'));
  const file = join(folder, 'targets.yaml');
  const keyring = Keyring.create().serialize().reveal();
  const table = '{ store: postgresql, urlFrom: DATABASE_URL, table: users, primaryKey: id, columns: [phone] }';

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function run(yaml: string, env: Record<string, string>, options: string[] = []) {
    writeFileSync(file, yaml);
    const { code, stdout, stderr } = await runCommand(['reencrypt', '--targets', file, ...options], { env });
    expect(stdout).toBe('');
    return { code, stderr: stderr.replaceAll(folder, '') };
  }

  it('fails with 2 for a file that is not there', async () => {
    const { code, stderr } = await runCommand(['reencrypt', '--targets', join(folder, 'none.yaml')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*none\.yaml cannot be read: ENOENT.*\nfix: correct --targets\n$/);
  });

  it('fails with 2 for the mistakes of the file', async () => {
    const { code, stderr } = await run('targets: [{ store: postgresql }]', { ENCRYPTION_KEYRING: keyring });
    expect(code).toBe(2);
    expect(stderr).toContain('/targets.yaml has 3 problems');
  });

  it.each([
    ['--batch-size', '0'],
    ['--batch-size', 'many'],
    ['--rate', '-1'],
    ['--settle', '10'],
  ])('fails with 2 for %s %s', async (option, value) => {
    const { code, stderr } = await run(`targets: [${table}]`, { ENCRYPTION_KEYRING: keyring }, [option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(`argument '${value}' is invalid. Allowed: `);
  });

  it('fails with 2 without a keyring, and without a new key in it', async () => {
    const missing = await run(`targets: [${table}]`, {});
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no encryption key') as string });
    const old = await run(`targets: [${table}]`, { ENCRYPTION_KEY: randomBytes(16).toString('hex') });
    expect(old).toMatchObject({ code: 2, stderr: expect.stringContaining('no new key to encrypt with') as string });
  });

  it('fails with 3 for every variable that is missing or wrong at once, without showing it', async () => {
    const password = randomBytes(8).toString('hex');
    const yaml = `targets: [${table}, ${table.replace('DATABASE_URL', 'LEDGER_URL').replace('users', 'notes')}]`;
    const env = { ENCRYPTION_KEYRING: keyring, LEDGER_URL: `mysql://app:${password}@db/ledger` };
    expect(await run(yaml, env)).toEqual({
      code: 3,
      stderr:
        'error: DATABASE_URL is not set, LEDGER_URL is not a URL of postgresql\nfix: set the variables that urlFrom names to connection URLs\n',
    });
  });

  it.each([
    ['nobody listens', 'postgres://app:PASSWORD@127.0.0.1:1/db', 'connect ECONNREFUSED 127.0.0.1:1'],
    ['the URL is not valid', 'postgres://app:PASSWORD@:x/db', 'the connection URL is not valid'],
    ['the host has no address', 'postgres://host.invalid/?PASSWORD', 'the name of the host is not known'],
  ])('fails with 3 when %s, without showing the password', async (_, url, reason) => {
    const password = randomBytes(8).toString('hex');
    const env = { ENCRYPTION_KEYRING: keyring, DATABASE_URL: url.replace('PASSWORD', password) };
    expect(await run(`targets: [${table}]`, env)).toEqual({
      code: 3,
      stderr: `error: postgresql public.users cannot be reached: ${reason}\nfix: check DATABASE_URL\n`,
    });
  });
});

describe('reencryptionProgress', () => {
  function outputOf(isTTY: boolean): { written: () => string; output: PassThrough & { isTTY: boolean } } {
    const output = Object.assign(new PassThrough(), { isTTY });
    return { output, written: () => String(output.read() ?? '') };
  }

  it('writes plain lines where there is no terminal: the first, one now and then, the last', () => {
    jest.useFakeTimers();
    const { output, written } = outputOf(false);
    const progress = reencryptionProgress(output);
    progress.start('postgresql public.users', 30);
    progress.add(10);
    jest.advanceTimersByTime(10_000);
    progress.add(10);
    progress.add(10);
    progress.end();
    jest.useRealTimers();
    expect(written()).toBe([0, 20, 30].map((values) => `postgresql public.users: ${values} of 30 values\n`).join(''));
  });

  it('draws a bar on a terminal', () => {
    const { output, written } = outputOf(true);
    const progress = reencryptionProgress(output);
    progress.start('postgresql public.users', 30);
    progress.add(30);
    progress.end();
    expect(written()).toContain('30/30 values');
  });
});
