import {
  defineCatalog,
  defineEnvironment,
  dotenv,
  type DotenvReader,
  issued,
  password,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { loadLocalFiles } from '../../lib/dotenv/local-file';
import { type DotenvPlan, planDotenv } from '../../lib/dotenv/plan';
import { SecretValue } from '../../lib/values/secret-value';
import { LocalProject } from '../support/local-project';

const secret = vaultSecret('app/all', { token: issued({ by: 'Somebody' }), password: password(40) });
const catalog = defineCatalog({
  name: 'app',
  workloads: {
    web: workload({ namespace: 'app', env: { TOKEN: secret.token, SECRET: secret.password } }),
    job: workload({ namespace: 'app', env: { TOKEN: secret.password } }),
  },
});
let project: LocalProject;

beforeEach(() => {
  project = LocalProject.with({});
});

afterEach(() => {
  project.dispose();
});

async function plan(text: string, readers?: readonly DotenvReader[]): Promise<DotenvPlan> {
  const file = { path: '.env', workloads: ['web'], ...(readers && { readers }) };
  const environment = defineEnvironment('local', { catalog, delivery: dotenv({ files: [file] }) });
  const enter = new Map([['TOKEN', new SecretValue(text)]]);
  return planDotenv(environment, await loadLocalFiles(environment, project.root), { enter });
}

test('a value that no quoting carries to both readers is written for one of them', async () => {
  const value = `x4711-0815 it's $HOME \\`;
  expect((await plan(value)).problems).toHaveLength(1);
  const { problems, files } = await plan(value, ['compose']);
  expect(problems).toEqual([]);
  expect(files[0]?.content.reveal()).toContain('TOKEN="x4711-0815 it\'s \\$HOME \\\\"\n');
});

test('a file without an example has its variables under a heading', async () => {
  const { files } = await plan('abc-of-somebody-4711-0815');
  expect(files[0]?.content.reveal()).toMatch(/^# Declared in the catalog:\nTOKEN=abc-\S+\nSECRET=\S{40}\n$/);
});

test('a plan in JSON has names only', async () => {
  const json = JSON.stringify(await plan('abc-of-somebody-4711-0815'));
  expect(JSON.parse(json)).toEqual({
    files: [
      {
        path: '.env',
        base: 'nothing',
        variables: [
          { name: 'TOKEN', action: 'entered', replaces: 'nothing' },
          { name: 'SECRET', action: 'generated', replaces: 'nothing' },
        ],
        added: [],
        undeclared: [],
        content: '[secret]',
      },
    ],
    problems: [],
  });
});

test('fails for a declaration with two meanings of a name, a path that leaves the project, and a file twice', async () => {
  const files = [
    { path: '.env', workloads: ['web', 'job'] },
    { path: './.env', workloads: ['web'] },
    { path: '../.env', workloads: ['web'] },
  ];
  const environment = defineEnvironment('local', { catalog, delivery: dotenv({ files }) });
  await expect(loadLocalFiles(environment, project.root)).rejects.toThrow(
    /has 3 problems\n.*\.env\.TOKEN: the variable has two meanings.*\n.*the file is declared twice.*\n.*the path leaves the project/,
  );
});
