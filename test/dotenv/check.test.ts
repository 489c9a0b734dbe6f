import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import {
  defineCatalog,
  defineEnvironment,
  dotenv,
  issued,
  password,
  postgresUrl,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { deliverDotenv, inspectDotenv } from '../../lib/dotenv/deliver';
import { LocalProject } from '../support/local-project';

const database = vaultSecret('app/database', { user: username('app'), password: password(40) });
const outside = vaultSecret('app/outside', { token: issued({ by: 'Somebody' }) });
const catalog = defineCatalog({
  name: 'app',
  workloads: {
    web: workload({
      namespace: 'app',
      env: {
        DB_USER: database.user,
        DB_PASSWORD: database.password,
        DB_URL: postgresUrl({ user: database.user, password: database.password, host: 'db', database: 'app' }),
        TOKEN: outside.token,
      },
    }),
  },
});
const delivery = dotenv({ files: [{ path: '.env', example: '.env.example', workloads: ['web'] }] });
const local = defineEnvironment('local', { catalog, delivery });
const example = ['DB_USER=app', 'DB_PASSWORD=change-me', 'TOKEN=change-me', 'MODE=fast', ''].join('\n');
let project: LocalProject;

beforeEach(async () => {
  project = LocalProject.with({ '.env.example': example });
  await deliverDotenv(local, project.root);
});

afterEach(() => {
  project.dispose();
});

async function rules(environment = local): Promise<string[]> {
  const before = project.hash();
  const { findings } = await inspectDotenv(environment, project.root);
  expect(project.hash()).toBe(before);
  return findings.map(({ file, variable, rule }) => [file, variable, rule].filter(Boolean).join(' '));
}

test('finds nothing in files as they were written; what others issue is not a finding on a laptop', async () => {
  expect(await rules()).toEqual([]);
});

test('finds in production what only its issuer can make', async () => {
  expect(await rules({ ...local, production: true })).toEqual(['.env TOKEN example-value']);
});

test('finds in production what stands in any example file of the repository', async () => {
  const committed = randomBytes(20).toString('hex');
  project.edit('.env', /^TOKEN=.*/m, `TOKEN=${committed}`);
  const production = { ...local, production: true };
  const find = async (examples?: ReadonlySet<string>): Promise<string[]> =>
    (await inspectDotenv(production, project.root, examples)).findings.map(({ variable = '', rule, message }) =>
      [variable, rule, message].join(' '),
    );
  expect(await find()).toEqual([]);
  expect(await find(new Set([committed]))).toEqual(['TOKEN example-value TOKEN has no real value; Somebody issues it']);
});

test.each<[string, () => void, string[]]>([
  [
    'a file that is not there',
    () => {
      project.remove('.env');
    },
    ['.env missing-file'],
  ],
  [
    'a file that others can read',
    () => {
      chmodSync(join(project.root, '.env'), 0o640);
    },
    ['.env mode'],
  ],
  [
    'a file that git does not ignore',
    () => {
      project.write('.gitignore', '\n');
    },
    ['.env exposed'],
  ],
  [
    'an empty value',
    () => {
      project.edit('.env', /^DB_URL=.*/m, 'DB_URL=');
    },
    ['.env DB_URL missing-value'],
  ],
  [
    'an example value',
    () => {
      project.edit('.env', /^DB_PASSWORD=.*/m, 'DB_PASSWORD=change-me');
    },
    ['.env DB_PASSWORD example-value'],
  ],
  [
    'a variable that is gone',
    () => {
      project.edit('.env', /^DB_USER=.*\n/m, '');
    },
    ['.env DB_USER missing-value'],
  ],
  [
    'a new line of the example',
    () => {
      project.write('.env.example', `${example}NEW=1\n`);
    },
    ['.env NEW missing-value'],
  ],
  [
    'two values of one field',
    () => {
      project.edit('.env', /^DB_USER=.*/m, 'DB_USER=other');
    },
    ['app/database.user conflict'],
  ],
  [
    'a name that is written twice',
    () => {
      project.edit('.env', /^/, 'MODE=slow\n');
    },
    ['.env:1 MODE repeated'],
  ],
  [
    'a secret that nobody declared',
    () => {
      project.edit('.env', /^/, 'OLD_API_KEY=your-key\n');
    },
    ['.env OLD_API_KEY undeclared'],
  ],
  [
    'a quote that is not closed',
    () => {
      project.edit('.env', /^/, 'A="\n');
    },
    ['.env:1 conflict'],
  ],
])('finds %s', async (_, damage, expected) => {
  damage();
  expect(await rules()).toEqual(expected);
});
