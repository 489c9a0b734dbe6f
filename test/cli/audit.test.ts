import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parse } from 'yaml';
import { kubernetesAuditPolicy } from '../../lib/audit/kubernetes-policy';
import { byteProgress } from '../../lib/cli/progress';
import { callLines, heartbeat, logOf, personAuth, values } from '../audit/support/vault-lines';
import { type CommandResult, runCommand } from '../support/command-line';
import { codeBlocks } from '../support/documentation';

const window = ['--since', '2026-11-20T01:00:00Z', '--until', '2026-11-20T09:00:00Z'];
const beat = heartbeat('2026-11-20T00:00:00Z', 11);

describe('nivesh-secrets audit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-cli-'));
  const log = join(folder, 'audit.log');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function run(...options: string[]): Promise<CommandResult> {
    const { stdout, stderr, code } = await runCommand(['audit', ...options]);
    return { code, stdout: stdout.replaceAll(`${folder}/`, ''), stderr: stderr.replaceAll(`${folder}/`, '') };
  }

  it('answers with 0 where the log has no gap', async () => {
    writeFileSync(
      log,
      logOf([
        ...beat.slice(0, 3),
        { time: '2026-11-20T02:10:00Z', response: values(3, 'jwt_secret', 'encryption_key') },
        { time: '2026-11-20T02:20:00Z', auth: personAuth() },
        {
          time: '2026-11-20T02:30:00Z',
          auth: personAuth('ravi', false),
          error: '1 error occurred:\n\t* permission denied\n\n',
          response: null,
        },
        ...beat.slice(3),
      ]),
    );
    expect(await run('who-read', 'nivesh/backend', ...window, '--log', log)).toMatchInlineSnapshot(`
     {
       "code": 0,
       "stderr": "",
       "stdout": "WORKLOADS                                    FIRST                 LAST                  COUNT  DID   KEYS                       VERSIONS  ADDRESS
     nivesh/nivesh-backend (role nivesh-backend)  2026-11-20T02:10:00Z  2026-11-20T02:10:00Z  1      read  encryption_key jwt_secret  3         10.0.0.7

     PEOPLE AND OTHER TOKENS                                      FIRST                 LAST                  COUNT  DID   KEYS        VERSIONS  ADDRESS
     userpass-asha (entity 5b3c6a4e-0000-4000-8000-000000000002)  2026-11-20T02:20:00Z  2026-11-20T02:20:00Z  1      read  jwt_secret  1         10.0.0.7

     DENIED OR WITHOUT RESULT                                     FIRST                 LAST                  COUNT  DID                      ADDRESS
     userpass-ravi (entity 5b3c6a4e-0000-4000-8000-000000000002)  2026-11-20T02:30:00Z  2026-11-20T02:30:00Z  1      read: permission denied  10.0.0.7

     vault: asked about 2026-11-20T01:00:00Z to 2026-11-20T09:00:00Z
       read 1 file, 28 lines, 14 requests, 14 responses, 2026-11-20T00:00:00Z to 2026-11-20T10:00:00Z

     the answer has no gap
     ",
     }
    `);
  });

  it('says that there is no evidence only where there is no gap', async () => {
    const nobody = await run('who-read', 'nivesh/other', ...window, '--log', log);
    expect(nobody.code).toBe(0);
    expect(nobody.stdout).toContain(
      'no evidence of access: nobody read nivesh/other from Vault, and the log has no gap',
    );
    const [request] = callLines({ time: '2026-11-20T10:00:00Z' });
    writeFileSync(log, `${logOf(beat.filter((_, hour) => hour !== 4))}${request.slice(0, 300)}`);
    expect(await run('who-read', 'nivesh/backend', ...window, '--log', log)).toMatchInlineSnapshot(`
     {
       "code": 1,
       "stderr": "",
       "stdout": "vault: asked about 2026-11-20T01:00:00Z to 2026-11-20T09:00:00Z
       read 1 file, 21 lines, 10 requests, 10 responses, 2026-11-20T00:00:00Z to 2026-11-20T10:00:00Z

     GAPS
       audit.log: 1 line could not be read
         audit.log:21 cut short, 300 bytes
         fix: look at these lines; take the log of another audit device too
       no entry from 2026-11-20T04:00:00Z to 2026-11-20T05:00:00Z (1 hour)
         fix: look for files of that time, or for why nothing was asked

     nobody read nivesh/backend from Vault, but 2 gaps weaken this answer: it is no evidence that there was no access
     ",
     }
    `);
  });

  it('knows from the catalog what the secret is, and that the Secrets in the cluster were not asked about', async () => {
    writeFileSync(log, logOf(beat));
    const { code, stdout } = await run(
      'who-read',
      'nivesh/grafana',
      '-e',
      'staging',
      ...window,
      '--log',
      log,
      '--json',
    );
    expect(code).toBe(1);
    const { secret, gaps } = JSON.parse(stdout) as { secret: string; gaps: { message: string }[] };
    expect(secret).toBe('nivesh/grafana');
    expect(gaps.map(({ message }) => message)).toEqual([
      "the API server's audit log was not asked: whoever read the Secrets that carry it (nivesh/grafana-secret) is not in this answer",
    ]);
  });

  it('tells what an identity did', async () => {
    writeFileSync(
      log,
      logOf([...beat.slice(0, 3), { time: '2026-11-20T02:20:00Z', auth: personAuth() }, ...beat.slice(3)]),
    );
    expect(await run('by', 'asha', ...window, '--log', log)).toMatchInlineSnapshot(`
     {
       "code": 0,
       "stderr": "",
       "stdout": "SECRETS READ                                                 FIRST                 LAST                  COUNT  DID   PATH            KEYS        VERSIONS  ADDRESS
     userpass-asha (entity 5b3c6a4e-0000-4000-8000-000000000002)  2026-11-20T02:20:00Z  2026-11-20T02:20:00Z  1      read  nivesh/backend  jwt_secret  1         10.0.0.7

     vault: asked about 2026-11-20T01:00:00Z to 2026-11-20T09:00:00Z
       read 1 file, 24 lines, 12 requests, 12 responses, 2026-11-20T00:00:00Z to 2026-11-20T10:00:00Z

     the answer has no gap
     ",
     }
    `);
  });

  it.each(codeBlocks('audit.md', 'sh').flatMap((block) => block.trim().split('\n')))(
    'runs as documented: %s',
    async (line) => {
      writeFileSync(log, logOf(beat));
      const words = line.replace('npx nivesh-secrets audit ', '').replaceAll("'", '').split(' ');
      const { code, stdout } = await run(...words.map((word) => (/\.(log|gz)\*?$/.test(word) ? log : word)));
      expect([0, 1]).toContain(code);
      expect(stdout).toMatch(/gaps? weakens? this answer|kind: Policy/);
    },
  );

  it('prints the audit policy for the API server', async () => {
    const { code, stdout } = await run('policy');
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual(kubernetesAuditPolicy);
  });

  it.each([
    [
      ['who-read', 'a/b', '--log', '/nowhere/audit.log'],
      /--log names what does not exist: \/nowhere\/audit\.log\nfix: correct --log/,
    ],
    [['who-read', 'a/b', '--log', '/nowhere/audit*'], /--log names what does not exist: \/nowhere\/audit\*/],
    [['who-read', 'a/b'], /no log was given\nfix: add --log/],
    [['who-read', 'a/b', '--since', '30 days', '--log', 'x'], /'30 days' is invalid\. Allowed: a duration such as 30d/],
    [['who-read', 'a/b', '--since', '1h', '--until', '2h', '--log', 'x'], /the window ends before it begins/],
    [['who-read', 'a/b', '--kubernetes-log', 'x'], /--kubernetes-log needs --environment/],
    [
      ['who-read', 'nivesh/nothing', '-e', 'staging', '--log', 'x'],
      /has no secret "nivesh\/nothing", allowed: .*nivesh\/airflow, /,
    ],
    [
      ['who-read', 'nivesh/redis.user', '-e', 'staging', '--log', 'x'],
      /has no field "nivesh\/redis\.user", allowed: nivesh\/redis\.password\n/,
    ],
    [['find-value', '--log', 'x'], /required option '-e, --environment <name>' not specified/],
    [['find-value', '-e', 'staging'], /no log was given/],
    [['find-value', '-e', 'local', '--log', 'x'], /environment "local" has no Vault/],
  ])('fails with 2 for %j', async (options, message) => {
    const { code, stdout, stderr } = await run(...options);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('fails with 3 when nothing can be read', async () => {
    const { code, stderr } = await run('who-read', 'a/b', '--log', folder);
    expect(code).toBe(3);
    expect(stderr).toContain('it is a directory\nfix: give the files in it');
  });
});

describe('byteProgress', () => {
  function output(isTTY: boolean): { stream: PassThrough & { isTTY?: boolean }; text: () => string } {
    const stream: PassThrough & { isTTY?: boolean } = new PassThrough();
    stream.isTTY = isTTY;
    let text = '';
    stream.on('data', (chunk) => (text += String(chunk)));
    return { stream, text: () => text };
  }

  it('is silent for few bytes, and one line at the end elsewhere than on a terminal', () => {
    const few = output(false);
    byteProgress('audit log', 1000, few.stream).end();
    expect(few.text()).toBe('');
    const many = output(false);
    const progress = byteProgress('audit log', 250_000_000, many.stream);
    progress.add(250_000_000);
    progress.end();
    expect(many.text()).toBe('audit log: 250 of 250 MB\n');
  });

  it('draws a bar on a terminal', () => {
    const { stream, text } = output(true);
    const progress = byteProgress('audit log', 250_000_000, stream);
    progress.add(250_000_000);
    progress.end();
    expect(text()).toContain('audit log');
    expect(text()).toContain('250/250 MB');
  });
});
