import { createPrivateKey, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readSealedFolder } from '../../lib/sealing/sealed-folder';
import { daysFromNow, type KeyPair, makeKeyPair, openFile } from '../sealing/support';
import { SealedProject } from '../support/sealed-project';

jest.setTimeout(120_000);

const hex = (): string => randomBytes(32).toString('hex');

function valueSet(): Record<string, Record<string, string>> {
  return {
    'shop/server': { jwt_secret: hex(), jwt_secret_previous: hex(), mail_key: hex() },
    'shop/database': { username: 'shop', password: randomBytes(30).toString('base64url') },
  };
}

describe('nivesh-secrets seal', () => {
  let pair: KeyPair;
  let project: SealedProject;

  beforeAll(async () => {
    pair = await makeKeyPair();
  });

  beforeEach(() => {
    project = new SealedProject();
    project.declare(pair.certificate);
    project.commit();
  });

  afterEach(() => {
    project.remove();
  });

  const opened = (workload: string): Record<string, string> => {
    const file = readSealedFolder(project.root, 'edge').get(workload)?.file;
    return (file && openFile(file, [createPrivateKey(pair.pem)])) ?? {};
  };

  it('seals a set of values, changes nothing the second time, and one line for one changed value', () => {
    const values = valueSet();
    const input = (): string => project.write('private/values.json', JSON.stringify(values), 0o600);
    const first = project.seal(['--environment', 'edge', '--input', input()]);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toBe(
      'environments/sealed/edge/shop-server.yaml: sealed DATABASE_URL, JWT_SECRET, JWT_SECRETS, MAIL_KEY\n' +
        'environments/sealed/edge/shop-backup.yaml: sealed POSTGRES_PASSWORD, POSTGRES_USER\n',
    );
    expect(opened('shop-server').JWT_SECRET).toBe(values['shop/server']?.jwt_secret);
    project.commit();

    const second = project.seal(['--environment', 'edge', '--input', '-'], JSON.stringify(values));
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(second.stdout).toBe(
      'environments/sealed/edge/shop-server.yaml: unchanged; kept 4\n' +
        'environments/sealed/edge/shop-backup.yaml: unchanged; kept 2\n',
    );
    expect(project.changed()).toEqual([]);

    Object.assign(values['shop/server'] ?? {}, { mail_key: hex() });
    project.seal(['--environment', 'edge', '--input', '-'], JSON.stringify(values));
    expect(project.changed()).toEqual(['MAIL_KEY']);
    expect(project.seal(['--environment', 'edge', '--check'])).toMatchObject({
      status: 0,
      stdout: 'the sealed values of environment edge are complete\n',
    });
  });

  it('generates a set, keeps it where it was asked to, and never shows a value', () => {
    const run = project.seal(['--environment', 'edge', '--generate', '--keep', 'private/kept.json']);
    expect(run.status).toBe(1);
    expect(run.stdout).toContain('  missing MAIL_KEY: give shop/server.mail_key\n');
    expect(statSync(join(project.root, 'private/kept.json')).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(readFileSync(join(project.root, 'private/kept.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    expect(opened('shop-server').JWT_SECRET).toBe(kept['shop/server']?.jwt_secret);
    for (const value of Object.values(kept)
      .flatMap((fields) => Object.values(fields))
      .filter((text) => text !== 'shop')) {
      expect(run.stdout + run.stderr).not.toContain(value);
    }
    project.commit();
    expect(project.seal(['--environment', 'edge', '--input', 'private/kept.json']).status).toBe(1);
    expect(project.seal(['--environment', 'edge', '--generate']).status).toBe(1);
    expect(project.changed()).toEqual([]);
  });

  it('seals one variable from standard input, without the newline at its end', () => {
    project.seal(['--environment', 'edge', '--generate']);
    project.commit();
    const value = hex();
    const argumentList = ['--environment', 'edge', '--raw', 'shop-server.MAIL_KEY'];
    expect(project.seal(argumentList, `${value}\n`)).toMatchObject({ status: 0 });
    expect(project.changed()).toEqual(['MAIL_KEY']);
    expect(opened('shop-server').MAIL_KEY).toBe(value);
    project.commit();
    expect(project.seal(argumentList, value)).toMatchObject({
      stdout: 'environments/sealed/edge/shop-server.yaml: unchanged; kept 4\n',
    });
    expect(project.changed()).toEqual([]);
  });

  it('says which generated values nobody has, and why a value that cannot be checked is sealed again', () => {
    const { stdout } = project.seal(['--environment', 'edge', '--generate']);
    expect(stdout).toContain(
      'note: only the controller can read the generated values of shop/database.username, shop/database.password, shop/server.jwt_secret, shop/server.jwt_secret_previous; --keep <file> writes them down too\n',
    );
    const argumentList = ['--environment', 'edge', '--raw', 'shop-server.MAIL_KEY'];
    expect(project.seal(argumentList, 'pin-1234').stdout).not.toContain('note');
    expect(project.seal(argumentList, 'pin-1234').stdout).toContain(
      '  note: nothing that was given with MAIL_KEY tells whether it changed, so it was sealed again; give all values of shop-server at once to keep its line\n',
    );
  });

  it('prints JSON for other programs', () => {
    const { stdout } = project.seal(
      ['-e', 'edge', '--json', '-w', 'shop-backup', '--input', '-'],
      JSON.stringify({
        'shop/database': valueSet()['shop/database'],
      }),
    );
    expect(JSON.parse(stdout)).toEqual({
      files: [
        {
          workload: 'shop-backup',
          path: 'environments/sealed/edge/shop-backup.yaml',
          changed: true,
          sealed: ['POSTGRES_PASSWORD', 'POSTGRES_USER'],
          unverified: [],
          kept: [],
          dropped: [],
          missing: [],
        },
      ],
      others: [],
    });
  });

  it('warns of a certificate that expires soon, and refuses one that has expired', async () => {
    project.declare((await makeKeyPair({ until: daysFromNow(10) })).certificate);
    const soon = project.seal(['--environment', 'edge', '--generate']);
    expect(soon.stderr).toMatch(
      /^warning: environments\.edge\.delivery\.certificate: the newest certificate expires within 30d/,
    );
    expect(existsSync(join(project.root, 'environments/sealed/edge/shop-server.yaml'))).toBe(true);
    expect(project.seal(['--environment', 'edge', '--check']).status).toBe(1);
    expect(project.seal(['--environment', 'edge', '--check', '--expires-within', '5d']).stdout).not.toContain(
      'expires',
    );

    project.git('clean', '-fdq');
    project.declare((await makeKeyPair({ from: daysFromNow(-9), until: daysFromNow(-1) })).certificate);
    const expired = project.seal(['--environment', 'edge', '--generate']);
    expect(expired.status).toBe(2);
    expect(expired.stderr).toMatch(/no certificate is valid now, got certificate [0-9a-f]{16}, valid from/);
    expect(existsSync(join(project.root, 'environments/sealed/edge'))).toBe(false);
  });

  it('reports for CI what is wrong with the committed files', () => {
    project.seal(['--environment', 'edge', '--generate']);
    const { status, stdout } = project.seal(['--environment', 'edge', '--check', '--json']);
    expect(status).toBe(1);
    expect(
      (JSON.parse(stdout) as { path: string; what: string }[]).map(({ path, what }) => `${path}: ${what}`),
    ).toEqual(['environments/sealed/edge/shop-server.yaml: MAIL_KEY: the variable is declared and not sealed']);
  });

  it.each([
    ['nothing to do', [], /error: there is nothing to seal\nfix: give one of --input or --generate, --raw,/],
    ['two things to do', ['--check', '--reseal'], /error: --reseal and --check were both given/],
    [
      'a file that others can read',
      ['--input', 'open.json'],
      /error: open\.json can be read by others, its mode is 0644/,
    ],
    ['a file that is not there', ['--input', 'gone.json'], /error: gone\.json cannot be read/],
    ['a variable without a workload', ['--raw', 'MAIL_KEY'], /error: --raw does not name one variable, got "MAIL_KEY"/],
    ['an unknown variable', ['--raw', 'shop-server.MAIL'], /no such variable in the catalog, got "MAIL"/],
    ['an unknown workload', ['--generate', '--workload', 'shop'], /no such workload in the catalog, got "shop"/],
    [
      'an unknown workload to seal again',
      ['--reseal', '--workload', 'shop', '--controller', 'http://127.0.0.1:1'],
      /no such workload in the catalog, got "shop"/,
    ],
    ['a workload where all are looked at', ['--check', '--workload', 'shop-server'], /--workload goes with --input/],
    [
      'a length of time that is none',
      ['--check', '--expires-within', '0d'],
      /--expires-within is not a length of time, got "0d"/,
    ],
    [
      'a file to keep that git would take',
      ['--generate', '--keep', 'kept.json'],
      /kept\.json would be under version control/,
    ],
    [
      'a file to keep that exists',
      ['--generate', '--keep', 'private/taken.json'],
      /private\/taken\.json cannot be made/,
    ],
    [
      'a place to keep without values',
      ['--check', '--keep', 'private/kept.json'],
      /--keep goes with --input or --generate/,
    ],
  ])('refuses %s and changes nothing', (_, argumentList, message) => {
    project.write('open.json', '{}');
    project.write('private/taken.json', 'taken', 0o600);
    project.commit();
    const { status, stderr } = project.seal(['--environment', 'edge', ...argumentList], hex());
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(project.changed()).toEqual([]);
    expect(readFileSync(join(project.root, 'private/taken.json'), 'utf8')).toBe('taken');
  });

  it('refuses an environment that is delivered otherwise', () => {
    const { status, stderr } = project.seal(['--environment', 'local', '--check']);
    expect(status).toBe(2);
    expect(stderr).toContain('environment "local" has no sealed values, its values are delivered by dotenv');
  });

  it('refuses values that look like examples in production', () => {
    const input = JSON.stringify({ 'shop/database': { username: 'shop', password: 'changeme' } });
    const argumentList = ['--workload', 'shop-backup', '--input', '-'];
    const { status, stderr } = project.seal(['--environment', 'prod', ...argumentList], input);
    expect(status).toBe(2);
    expect(stderr).toContain('shop/database.password: the value looks like an example: it is a placeholder');
    expect(stderr).not.toContain('changeme');
    expect(project.seal(['--environment', 'edge', ...argumentList], input).status).toBe(0);
  });

  it('refuses to widen a scope', () => {
    project.seal(['--environment', 'edge', '--generate', '--keep', 'private/kept.json']);
    project.declare(pair.certificate, 'cluster-wide');
    project.commit();
    const { status, stderr } = project.seal(['--environment', 'edge', '--input', 'private/kept.json']);
    expect(status).toBe(2);
    expect(stderr).toContain('sealing would widen the scope of values that are committed');
    expect(project.changed()).toEqual([]);
  });

  it('says where the controller is to be looked for when it does not answer', () => {
    project.seal(['--environment', 'edge', '--generate']);
    const { status, stderr } = project.seal([
      '--environment',
      'edge',
      '--reseal',
      '--controller',
      'http://127.0.0.1:1',
    ]);
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^error: the Sealed Secrets controller at http:\/\/127\.0\.0\.1:1 cannot be reached: .*\nfix: check --controller: /,
    );
  });
});
