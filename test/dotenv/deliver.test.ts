import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { local } from '../../environments/local';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { deliverDotenv, type DeliverOptions, inspectDotenv } from '../../lib/dotenv/deliver';
import { SecretValue } from '../../lib/values/secret-value';
import { LocalProject } from '../support/local-project';

const targets = ['.env', 'backend/.env', 'ml-services/.env'];
let project: LocalProject;

beforeEach(() => {
  project = LocalProject.nivesh();
});

afterEach(() => {
  project.dispose();
});

async function deliver(options: DeliverOptions = {}): Promise<string[]> {
  const { files } = await deliverDotenv(local, project.root, options);
  return files.flatMap(({ path, variables }) =>
    variables.filter(({ action }) => action !== 'kept').map(({ name, action }) => `${path} ${name} ${action}`),
  );
}

/** The message of a refusal that left every file as it was. */
async function refusal(options: DeliverOptions = {}): Promise<string> {
  const before = project.hash();
  const message = await deliver(options).then(
    () => 'no refusal',
    (error: unknown) => (error as Error).message,
  );
  expect(project.hash()).toBe(before);
  return message;
}

const real = (): string => randomBytes(15).toString('base64url');

describe('a fresh clone', () => {
  test('gets its three files, readable by nobody else', async () => {
    await deliver();
    expect(targets.map((path) => project.mode(path))).toEqual(['600', '600', '600']);
    expect(project.values('.env')).toMatchObject({ POSTGRES_DB: 'nivesh_db', POSTGRES_USER: 'nivesh_user' });
  });

  test('gives the backend variables that parse', async () => {
    await deliver();
    const backend = project.values('backend/.env');
    const compose = project.values('.env');
    const database = new URL(backend.DATABASE_URL ?? '');
    expect([database.username, database.password, database.host]).toEqual([
      'nivesh_user',
      compose.POSTGRES_PASSWORD,
      'localhost:5432',
    ]);
    expect(new URL(backend.MONGODB_URI ?? '').password).toBe(compose.MONGO_PASSWORD);
    expect(backend.JWT_SECRET).toMatch(/^[0-9a-f]{64}$/);
    expect(backend.JWT_SECRET_PREVIOUS).toMatch(/^[0-9a-f]{64}$/);
    expect(backend.JWT_SECRET_PREVIOUS).not.toBe(backend.JWT_SECRET);
    expect(backend.ENCRYPTION_KEY).toMatch(/^[0-9a-f]{32}$/);
    expect(Keyring.fromEnvironment(backend).active).toBe('legacy');
    expect(backend.CORS_ALLOWED_ORIGINS?.split(',')).toHaveLength(2);
  });

  test('has one value a field in all files', async () => {
    await deliver();
    const [compose, backend, ml] = targets.map((path) => project.values(path));
    expect(new URL(ml?.DATABASE_URL ?? '').password).toBe(compose?.POSTGRES_PASSWORD);
    expect(ml?.ML_API_KEYS?.split(',')[0]).toBe(backend?.ML_API_KEY);
    for (const name of ['REDIS_PASSWORD', 'CLICKHOUSE_PASSWORD']) {
      expect(new Set([compose?.[name], backend?.[name], ml?.[name]]).size).toBe(1);
    }
  });

  test('keeps every line of the examples but the values of secrets', async () => {
    await deliver();
    const lines = (path: string): string[] => project.read(path).split('\n');
    const kept = lines('docker-compose.env.example').filter((line) => !line.includes('change-me'));
    expect(lines('.env').filter((line) => kept.includes(line))).toEqual(kept);
    expect(project.read('.env')).toMatch(/^GRAFANA_ADMIN_PASSWORD=\S{32} {4}# read on the first start only$/m);
  });

  test('waits for what only others can issue, and leaves it as it is', async () => {
    const waiting = (await deliver()).filter((line) => line.endsWith('waiting'));
    expect(waiting).toEqual([
      '.env FIREBASE_PRIVATE_KEY waiting',
      'backend/.env FIREBASE_PRIVATE_KEY waiting',
      'ml-services/.env HUGGINGFACE_TOKEN waiting',
    ]);
    expect(project.values('.env').FIREBASE_PRIVATE_KEY).toBe(
      project.values('docker-compose.env.example').FIREBASE_PRIVATE_KEY,
    );
  });

  test('has nothing to do the second time, and passes the check', async () => {
    await deliver();
    const before = project.hash();
    expect((await deliver()).filter((line) => !line.endsWith('waiting'))).toEqual([]);
    expect(project.hash()).toBe(before);
    expect((await inspectDotenv(local, project.root)).findings).toEqual([]);
  });

  test('stays as it is in a dry run', async () => {
    const before = project.hash();
    expect(await deliver({ dryRun: true })).toContain('backend/.env JWT_SECRET generated');
    expect(project.hash()).toBe(before);
  });

  test('completes what a killed run began', async () => {
    await deliver();
    const first = project.values('.env');
    project.edit('backend/.env', /[^]*/, project.read('backend/.env.example'));
    await deliver();
    expect(project.values('.env')).toEqual(first);
    expect(new URL(project.values('backend/.env').DATABASE_URL ?? '').password).toBe(first.POSTGRES_PASSWORD);
  });
});

describe('encryption keys', () => {
  const place = { table: 'users', column: 'phone', primaryKey: 1 };
  const cipher = () => new FieldCipher(Keyring.fromEnvironment(project.values('backend/.env')));

  test('keep those before them when the keyring is rotated, so stored data can be read', async () => {
    await deliver();
    const stored = [cipher().encrypt('first', place)];
    for (const rotate of [['ENCRYPTION_KEYRING'], ['ENCRYPTION_KEYRING', 'ENCRYPTION_KEY'], ['ENCRYPTION_KEYRING']]) {
      await deliver({ rotate });
      stored.push(cipher().encrypt(rotate.join(), place));
    }
    expect(stored.map((text) => cipher().decrypt(text, place))).toEqual([
      'first',
      'ENCRYPTION_KEYRING',
      'ENCRYPTION_KEYRING,ENCRYPTION_KEY',
      'ENCRYPTION_KEYRING',
    ]);
    expect(stored.map((text) => text.startsWith('nv1:'))).toEqual([false, true, true, true]);
    expect((await inspectDotenv(local, project.root)).findings).toEqual([]);
  });

  test('fail to be rotated where the keyring cannot be read, without showing it', async () => {
    await deliver();
    project.edit('backend/.env', /^ENCRYPTION_KEYRING=.*$/m, `ENCRYPTION_KEYRING='{"active":"x","keys":{}}'`);
    expect(await refusal({ rotate: ['ENCRYPTION_KEYRING'] })).toContain('the active key is not in the keyring');
  });
});

describe('files that exist', () => {
  test('keep their values, which the other files get', async () => {
    const password = real();
    project.write(
      'ml-services/.env',
      `DATABASE_URL=postgresql://me:${password}@db.home:6543/nivesh_db\n# mine\nOTHER=1\n`,
    );
    await deliver();
    expect(project.values('.env')).toMatchObject({ POSTGRES_USER: 'me', POSTGRES_PASSWORD: password });
    expect(project.values('backend/.env').DATABASE_URL).toBe(`postgresql://me:${password}@localhost:5432/nivesh_db`);
    expect(project.read('ml-services/.env')).toMatch(/^DATABASE_URL=.*db\.home:6543.*\n# mine\nOTHER=1\n/);
  });

  test('get names of accounts from their example, not from the catalog', async () => {
    project.write('.env', `MONGO_PASSWORD=${real()}\n`);
    project.write('backend/.env', 'PORT=3000\n');
    await deliver();
    expect(project.values('.env')).toMatchObject({ MONGO_USER: 'nivesh_user', AIRFLOW_DB_USER: 'airflow' });
    expect(new URL(project.values('backend/.env').MONGODB_URI ?? '').username).toBe('nivesh_user');
  });

  test('get what their example has gained', async () => {
    await deliver();
    project.edit('backend/.env', /^PORT=.*\n/m, '');
    const { files } = await deliverDotenv(local, project.root);
    expect(files.map(({ added }) => added)).toEqual([[], ['PORT'], []]);
    expect(project.values('backend/.env').PORT).toBe('3000');
  });

  test('keep a weak password that somebody chose, and are told so', async () => {
    await deliver();
    const word = ['post', 'gres'].join('');
    const generated = project.values('.env').POSTGRES_PASSWORD ?? '';
    targets.forEach((path) => {
      project.write(path, project.read(path).replaceAll(generated, word));
    });
    const { files } = await deliverDotenv(local, project.root);
    expect(files[0]?.variables.find(({ name }) => name === 'POSTGRES_PASSWORD')).toEqual({
      name: 'POSTGRES_PASSWORD',
      action: 'kept',
      weak: 'it is made of common words',
    });
    expect(project.values('.env').POSTGRES_PASSWORD).toBe(word);
    const production = { ...local, production: true };
    const { findings } = await inspectDotenv(production, project.root);
    expect(
      findings
        .filter(({ rule }) => rule === 'example-value')
        .map(({ file, variable }) => `${file} ${String(variable)}`),
    ).toEqual([
      '.env POSTGRES_PASSWORD',
      '.env FIREBASE_PRIVATE_KEY',
      'backend/.env DATABASE_URL',
      'backend/.env FIREBASE_PRIVATE_KEY',
      'backend/.env POSTGRES_PASSWORD',
      'ml-services/.env DATABASE_URL',
      'ml-services/.env HUGGINGFACE_TOKEN',
    ]);
  });

  test('lose permissions for others', async () => {
    await deliver();
    chmodSync(join(project.root, '.env'), 0o644);
    await deliver();
    expect(project.mode('.env')).toBe('600');
  });
});

describe('rotation', () => {
  test('gives one field a new value everywhere, and nothing else', async () => {
    await deliver();
    const before = targets.map((path) => project.values(path));
    const changed = await deliver({ rotate: ['POSTGRES_PASSWORD'] });
    expect(changed.filter((line) => line.endsWith('rotated'))).toEqual([
      '.env POSTGRES_PASSWORD rotated',
      'backend/.env DATABASE_URL rotated',
      'backend/.env POSTGRES_PASSWORD rotated',
      'ml-services/.env DATABASE_URL rotated',
    ]);
    const after = targets.map((path) => project.values(path));
    const differing = after.flatMap((values, index) =>
      Object.keys(values).filter((name) => values[name] !== before[index]?.[name]),
    );
    expect(differing).toEqual(['POSTGRES_PASSWORD', 'DATABASE_URL', 'POSTGRES_PASSWORD', 'DATABASE_URL']);
  });

  test('keeps the value before as the other value of an overlap', async () => {
    await deliver();
    const before = project.values('backend/.env');
    await deliver({ rotate: ['JWT_SECRET'] });
    const after = project.values('backend/.env');
    expect(after.JWT_SECRET_PREVIOUS).toBe(before.JWT_SECRET);
    expect(after.JWT_SECRET).not.toBe(before.JWT_SECRET);
  });

  test('ends a conflict', async () => {
    await deliver();
    project.edit('.env', /^REDIS_PASSWORD=.*/m, `REDIS_PASSWORD=${real()}`);
    await deliver({ rotate: ['REDIS_PASSWORD'] });
    expect(new Set(targets.map((path) => project.values(path).REDIS_PASSWORD)).size).toBe(1);
  });
});

test('an entered value gets into every file that has its field', async () => {
  const token = `hf_${randomBytes(24).toString('hex')}`;
  await deliver({ enter: new Map([['HUGGINGFACE_TOKEN', new SecretValue(token)]]) });
  expect(project.values('ml-services/.env').HUGGINGFACE_TOKEN).toBe(token);
});

describe('a refusal changes nothing', () => {
  test('fails where git does not ignore a file, with the line to add', async () => {
    project.write('.gitignore', '/.env\n');
    expect(await refusal()).toMatchInlineSnapshot(`
     "nothing was written, for 2 reasons:
       backend/.env: git does not ignore the file, so "git add" would take it, fix: add to .gitignore: .env* and !.env*.example
       ml-services/.env: git does not ignore the file, so "git add" would take it, fix: add to .gitignore: .env* and !.env*.example"
    `);
  });

  test('fails where git tracks a file', async () => {
    await deliver();
    project.git('add', '--force', 'backend/.env');
    expect(await refusal({ rotate: ['JWT_SECRET'] })).toMatchInlineSnapshot(`
     "nothing was written, for one reason:
       backend/.env: git tracks the file, so its values get into the history, fix: run "git rm --cached backend/.env", ignore it, and rotate what it held if it was ever committed"
    `);
  });

  test('fails for a folder that cannot be written to, before it replaces any file', async () => {
    project.chmod('ml-services', 0o555);
    const message = await project.asOrdinaryUser(async () => await refusal());
    expect(message).toMatch(/^nothing was written, this user cannot write to \S+\/ml-services$/);
    project.chmod('ml-services', 0o755);
  });

  test("fails where git's own folder cannot be written to", async () => {
    project.chmod('.git', 0o555);
    const message = await project.asOrdinaryUser(async () => await refusal());
    expect(message).toMatch(/^\S+\.git\/nivesh-secrets cannot be written to: .*EACCES/);
    project.chmod('.git', 0o755);
    mkdirSync(join(project.root, '.git', 'nivesh-secrets'), { mode: 0o555 });
    expect(await project.asOrdinaryUser(async () => await refusal())).toMatch(/nivesh-secrets cannot be written to/);
  });

  test('fails for a path through a file, and through a symbolic link', async () => {
    project.write('.gitignore', '.env*\n!.env*.example\nelsewhere\n');
    renameSync(join(project.root, 'backend'), join(project.root, 'elsewhere'));
    writeFileSync(join(project.root, 'backend'), '');
    expect(await refusal()).toContain('backend/.env: the path cannot be looked at, got a file in place of a folder');
    project.remove('backend');
    symlinkSync('elsewhere', join(project.root, 'backend'));
    expect(await refusal()).toMatch(/^git cannot say what is ignored in \S+: pathspec 'backend\/\.env' is beyond/);
  });

  test('fails for a folder that is not there, and says what git has against it', async () => {
    await expect(deliverDotenv(local, join(project.root, 'gone'))).rejects.toThrow(/gone is not a folder$/);
    writeFileSync(join(project.root, '.git', 'config'), '[core\n');
    expect(await refusal()).toMatch(/^git refuses \S+: bad config line 1/);
  });

  test('fails outside of git', async () => {
    project.removeGit();
    expect(await refusal()).toMatch(
      /^\S+ is in no git work tree, so nothing keeps a .env file out of version control$/,
    );
  });

  test('fails for different values of one field, with their places', async () => {
    await deliver();
    project.edit('.env', /^REDIS_PASSWORD=.*/m, `REDIS_PASSWORD=${real()}`);
    expect(await refusal()).toMatchInlineSnapshot(`
     "nothing was written, for one reason:
       nivesh/redis.password: the files have different values for one field, got REDIS_PASSWORD in .env, REDIS_PASSWORD in backend/.env, REDIS_PASSWORD in ml-services/.env, allowed: one value in all files, fix: empty the wrong ones (REDIS_PASSWORD=) to have them written again, or give all a new one with --rotate REDIS_PASSWORD"
    `);
  });

  test('fails for a URL of another shape', async () => {
    project.write('backend/.env', `DATABASE_URL=mysql://u:${real()}@localhost/nivesh_db\n`);
    expect(await refusal()).toMatchInlineSnapshot(`
     "nothing was written, for one reason:
       backend/.env.DATABASE_URL: the value does not have the declared shape, got another scheme, path or separator, allowed: postgresql://<nivesh/postgres.username>:<nivesh/postgres.password>@<postgres>/nivesh_db, fix: correct it, or empty it (DATABASE_URL=) to have it composed again"
    `);
  });

  test('fails for a value that the readers of the file see differently', async () => {
    project.write('.env', `REDIS_PASSWORD=${real()}$HOME\n`);
    expect(await refusal()).toMatchInlineSnapshot(`
     "nothing was written, for one reason:
       .env.REDIS_PASSWORD: Docker Compose and dotenv read this value differently, got a value that one of them changes, allowed: values that every reader of the file sees alike, fix: put it in single quotes, or declare who reads the file with readers: [...]"
    `);
  });

  test('fails for a text that cannot be read', async () => {
    project.write('.env', `A=1\nREDIS_PASSWORD="${real()}\n`);
    expect(await refusal()).toMatchInlineSnapshot(`
     "nothing was written, for one reason:
       .env:2: a quote is not closed, got a text that Docker Compose refuses, allowed: lines NAME=value, with quotes closed, fix: correct the line, or declare readers: ['dotenv'] for a file that Docker Compose does not read"
    `);
  });

  test('fails for a symbolic link', async () => {
    project.write('elsewhere', '');
    symlinkSync(join(project.root, 'elsewhere'), join(project.root, '.env'));
    expect(await refusal()).toMatch('.env: the path is not a plain file, got a symbolic link');
  });

  test('fails for other bytes than UTF-8', async () => {
    writeFileSync(join(project.root, '.env'), Buffer.from([0x41, 0x3d, 0xff, 0x0a]));
    expect(await refusal()).toMatch('the file cannot be read as UTF-8');
  });

  test('fails for a value that no quoting carries', async () => {
    const enter = new Map([['HUGGINGFACE_TOKEN', new SecretValue(`${real()}'$HOME`)]]);
    expect(await refusal({ enter })).toMatchInlineSnapshot(`
     "nothing was written, for one reason:
       ml-services/.env.HUGGINGFACE_TOKEN: no way of quoting carries the value to every reader of the file, got a value that mixes quotes with "$", "\\", "#" or line ends, allowed: values that compose and dotenv can read alike, fix: choose another value, or declare who reads the file with readers: [...]"
    `);
  });

  test.each([
    [{ rotate: ['NO_SUCH'] }, 'NO_SUCH: no declared file has this variable'],
    [{ rotate: ['FIREBASE_PRIVATE_KEY'] }, 'the value cannot be generated, got a value issued by Firebase'],
    [{ rotate: ['POSTGRES_USER'] }, 'the variable holds no secret'],
    [{ enter: new Map([['DATABASE_URL', new SecretValue('x')]]) }, 'the variable is composed of several fields'],
    [{ enter: new Map([['FIREBASE_PRIVATE_KEY', new SecretValue('x')]]) }, 'the value is not a PEM block'],
    [{ enter: new Map([['HUGGINGFACE_TOKEN', new SecretValue('your-token')]]) }, 'it is a placeholder'],
    [{ enter: new Map([['HUGGINGFACE_TOKEN', new SecretValue('change-me')]]) }, 'example files in the repository'],
  ])('fails for the request %#', async (options, message) => {
    expect(await refusal(options)).toContain(message);
  });
});

test('no message, plan or report shows a value', async () => {
  const value = real();
  project.write('.env', `REDIS_PASSWORD=${value}\n`);
  project.write('backend/.env', `REDIS_PASSWORD=${real()}\nDATABASE_URL=mysql://u:${value}@x/y\n`);
  expect(await refusal()).not.toContain(value);
  expect(JSON.stringify(await inspectDotenv(local, project.root))).not.toContain(value);
});

test('two runs at once agree', async () => {
  await Promise.all([deliver(), deliver(), deliver()]);
  expect((await inspectDotenv(local, project.root)).findings).toEqual([]);
});
