import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, startPlatform } from '../../lib/embedded';
import { packageRoot } from '../../lib/package-root';
import type { VaultClient } from '../../lib/vault/client';
import { VaultError } from '../../lib/vault/client';
import { findPerson } from '../../lib/vault/person';
import { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { staging } from '../../environments/staging';
import { standInValue } from '../../lib/values/stand-in';
import { type CommandResult, runCommand } from '../support/command-line';
import { makeEngine } from './support/deliver';

const root = packageRoot();

describe('somebody leaves', () => {
  const directory = mkdtempSync(join(tmpdir(), 'offboarding-'));
  const caseFile = join(directory, 'case.md');
  const password = randomBytes(16).toString('hex');
  let platform: Platform;
  let log: string;
  let person: VaultClient;

  /** Logs in as a person does. */
  async function login(name: string): Promise<VaultClient> {
    const answer = await platform.vault.write(`auth/userpass/login/${name}`, { password });
    return platform.vault.withToken(answer.auth?.client_token ?? '');
  }

  async function run(verb: 'offboard' | 'incident', ...rest: string[]): Promise<CommandResult> {
    return await runCommand([verb, ...rest, '--environment', 'staging', '--log', log], {
      cwd: root,
      env: {
        VAULT_ADDR: platform.vaultAddress,
        VAULT_CACERT: platform.vaultCaCertPath,
        VAULT_TOKEN: readFileSync(platform.vaultRootTokenPath, 'utf8').trim(),
      },
    });
  }

  async function offboard(name: string, ...rest: string[]): Promise<CommandResult> {
    return await run('offboard', name, '--file', caseFile, ...rest);
  }

  beforeAll(async () => {
    platform = await startPlatform({ directory: join(directory, 'platform') });
    log = join(platform.vaultAuditFolder, 'people.log');
    const { vault } = platform;
    await vault.write('sys/audit/people', { type: 'file', options: { file_path: log } });
    const kv = await makeEngine(platform, 'secret');
    await seed(staging.catalog, kv, { standIn: standInValue });
    await vault.write('sys/auth/userpass', { type: 'userpass' });
    const reading = (path: string): string => `path "secret/data/${path}" { capabilities = ["read"] }\n`;
    await vault.write('sys/policies/acl/developers', { policy: reading('nivesh/redis') + reading('nivesh/backend') });
    await vault.write('sys/policies/acl/on-call', { policy: reading('nivesh/alertmanager') });
    for (const name of ['asha', 'ravi']) {
      await vault.write(`auth/userpass/users/${name}`, { password, token_policies: ['developers'] });
    }
    person = await login('asha');
    const colleague = await login('ravi');
    const entity = (await findPerson(vault, 'asha'))?.entities[0];
    await vault.write('identity/group', { name: 'on-call', policies: ['on-call'], member_entity_ids: [entity?.id] });
    await person.read('secret/data/nivesh/redis');
    await person.read('secret/data/nivesh/redis');
    await colleague.read('secret/data/nivesh/backend');
    await expect(person.read('secret/data/nivesh/postgres')).rejects.toThrow(VaultError);
    await colleague.close();
  });

  afterAll(async () => {
    await person.close();
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('says what they could read, through every way, and what they read', async () => {
    const { code, stdout } = await offboard('asha');
    const page = readFileSync(caseFile, 'utf8');
    expect(code).toBe(1);
    expect(page).toMatch(/\| userpass\/asha \| userpass \| [0-9a-f-]{36} \| enabled \|/);
    expect(page).toContain('Policies: default, developers, on-call.');
    const section = (heading: string): string => page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section('What they could read')).toMatch(/nivesh\/alertmanager[\s\S]*nivesh\/backend[\s\S]*nivesh\/redis/);
    expect(section('What they could read')).not.toContain('nivesh/postgres');
    expect(section('What they read')).toMatch(/\| nivesh\/redis \| 2 \|/);
    expect(section('What they read')).not.toContain('nivesh/backend');
    const order = [...page.matchAll(/<!-- rotate\/(\S+) -->/g)].map(([, id]) => id);
    expect(order.slice(0, 2)).toEqual(['nivesh/redis.password', 'nivesh/backend.jwt_secret']);
    expect(stdout).toContain(`the case is in ${caseFile}`);
  });

  it('changes nothing in Vault without --yes', async () => {
    await expect(person.read('secret/data/nivesh/redis')).resolves.toBeDefined();
  });

  it('bars them with --yes, as they find out, and nobody else', async () => {
    await offboard('asha', '--yes');
    await expect(person.read('secret/data/nivesh/redis')).rejects.toMatchObject({ status: 403 });
    await expect(login('asha')).rejects.toThrow(/entity has been disabled|permission denied/);
    const colleague = await login('ravi');
    await expect(colleague.read('secret/data/nivesh/redis')).resolves.toBeDefined();
    await colleague.close();
    const page = readFileSync(caseFile, 'utf8');
    expect(page).toMatch(/- \[x\] Disable the entity/);
    expect(page).toMatch(/- \[x\] Revoke every token/);
  });

  it('still knows what is to be replaced, and can be repeated', async () => {
    const before = readFileSync(caseFile, 'utf8');
    await offboard('asha', '--yes');
    const steps = (text: string): string[] => [...text.matchAll(/^- \[.\] .*$/gm)].map(([line]) => line);
    expect(steps(readFileSync(caseFile, 'utf8'))).toEqual(steps(before));
  });

  it('deletes a login that has no entity which could be disabled', async () => {
    await platform.vault.write('auth/userpass/users/never', { password, token_policies: ['developers'] });
    await run('offboard', 'never', '--file', join(directory, 'never.md'), '--yes');
    expect(await platform.vault.read('auth/userpass/users/never')).toBeUndefined();
    const again = await run('offboard', 'never', '--file', join(directory, 'never.md'));
    expect(again.stdout).toContain('rotate nivesh/backend.jwt_secret');
  });

  it('leaves no token of its own behind', async () => {
    const accessors = await platform.vault.list('auth/token/accessors');
    const names = await Promise.all(
      accessors.map(async (accessor) => {
        const { data } = await platform.vault.write<{ display_name: string }>('auth/token/lookup-accessor', {
          accessor,
        });
        return data.display_name;
      }),
    );
    expect(names.filter((name) => name.includes('probe'))).toEqual([]);
  });

  it('fails for somebody whom Vault does not know, and writes nothing', async () => {
    const file = join(directory, 'nobody.md');
    const { code, stderr } = await run('offboard', 'nobody', '--file', file);
    expect(code).toBe(2);
    expect(stderr).toContain('vault knows nobody called "nobody"');
    expect(() => readFileSync(file)).toThrow(/ENOENT/);
  });

  it('tells of a leak who read the value, and that it is not revoked yet', async () => {
    const file = join(directory, 'incident.md');
    const { code, stdout } = await run('incident', 'nivesh/redis.password', '--file', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\[ \] Revoke the value now.*not replaced since/m);
    expect(stdout).toContain('nivesh-secrets rotate nivesh/redis.password --environment staging --revoke-now');
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/people and other tokens: .*userpass-asha.*userpass-ravi/);
    const value = (await new KvEngine(platform.vault, 'secret').read('nivesh/redis'))?.data.password ?? '';
    expect(value).not.toBe('');
    expect(page + stdout).not.toContain(value);
  });
});
