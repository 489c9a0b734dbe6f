import { randomBytes } from 'node:crypto';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { local } from '../../environments/local';
import {
  defineCatalog,
  defineEnvironment,
  dotenv,
  type EnvironmentValue,
  type FieldReference,
  issued,
  url,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { deliverDotenv } from '../../lib/dotenv/deliver';
import { loadLocalFiles } from '../../lib/dotenv/local-file';
import { planDotenv } from '../../lib/dotenv/plan';
import { SecretValue } from '../../lib/values/secret-value';
import { ComposeGo } from '../support/compose-go';
import { LocalProject } from '../support/local-project';
import { hardValue } from '../support/secret-values';

let compose: ComposeGo;
let project: LocalProject;

beforeAll(() => {
  compose = new ComposeGo();
}, 300_000);

afterAll(() => {
  compose.dispose();
});

afterEach(() => {
  project.dispose();
});

interface ComposeProject {
  readonly services: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>>;
}

test('one command makes files of a fresh clone that "docker compose config" accepts', async () => {
  project = LocalProject.nivesh();
  expect(compose.config(project.root).error).toMatch(/required variable \w+ is missing a value/);
  await deliverDotenv(local, project.root);
  const { services } = compose.config(project.root).project as ComposeProject;
  const values = project.values('.env');
  expect(services.postgres?.environment).toEqual({
    POSTGRES_USER: 'nivesh_user',
    POSTGRES_PASSWORD: values.POSTGRES_PASSWORD,
    POSTGRES_DB: 'nivesh_db',
  });
  expect(services.neo4j?.environment).toEqual({ NEO4J_AUTH: `neo4j/${values.NEO4J_PASSWORD ?? ''}` });
  const airflow = new URL(services.airflow?.environment.AIRFLOW__DATABASE__SQL_ALCHEMY_CONN ?? '');
  expect([airflow.username, airflow.password]).toEqual([values.AIRFLOW_DB_USER, values.AIRFLOW_DB_PASSWORD]);
});

test('Docker Compose and dotenv read the same in every file that was made', async () => {
  project = LocalProject.nivesh();
  await deliverDotenv(local, project.root);
  const files = ['.env', 'backend/.env', 'ml-services/.env'];
  const answers = compose.ask(
    'parse',
    files.map((path) => project.read(path)),
  );
  expect(answers.map(({ values }) => values)).toEqual(files.map((path) => project.values(path)));
});

test('10,000 random values survive the way from the catalog through a .env file to both parsers', async () => {
  project = LocalProject.with({});
  const count = 50;
  const names = Array.from({ length: count }, (_, index) => `value_${index}`);
  const secret = vaultSecret(
    'test/values',
    Object.fromEntries(names.map((name) => [name, issued({ by: 'the test' })])),
  );
  const field = (name: string): FieldReference => {
    const reference = secret[name];
    if (reference === undefined) {
      throw new Error(name);
    }
    return reference;
  };
  const env = Object.fromEntries<EnvironmentValue>(
    names.flatMap((name) => [
      [name.toUpperCase(), field(name)] as const,
      [`URL_${name.toUpperCase()}`, url`amqp://user:${field(name)}@localhost/`] as const,
    ]),
  );
  const catalog = defineCatalog({ name: 'test', workloads: { reader: workload({ namespace: 'test', env }) } });
  const environment = defineEnvironment('local', {
    catalog,
    delivery: dotenv({ files: [{ path: '.env', workloads: ['reader'] }] }),
  });
  const loaded = await loadLocalFiles(environment, project.root);
  // What both parsers can hold: see test/dotenv/quoting.test.ts.
  const value = hardValue
    .filter((text) => !/['\r]|\p{Surrogate}/u.test(text))
    .map((text) => `${randomBytes(12).toString('hex')}${text}${randomBytes(2).toString('hex')}`);
  const rounds = fc.sample(fc.array(value, { minLength: count, maxLength: count }), 200);
  const texts = rounds.map((values) => {
    const enter = new Map(values.map((text, index) => [`VALUE_${index}`, new SecretValue(text)]));
    const { files, problems } = planDotenv(environment, loaded, { enter });
    expect(problems).toEqual([]);
    return files[0]?.content.reveal() ?? '';
  });
  const wanted = rounds.map((values) =>
    Object.fromEntries(
      values.flatMap((text, index) => [[`VALUE_${index}`, text] as const, [`URL_VALUE_${index}`, text] as const]),
    ),
  );
  const decoded = (values: Readonly<Record<string, string>> | undefined): unknown =>
    Object.fromEntries(
      Object.entries(values ?? {}).map(([name, text]) => [
        name,
        name.startsWith('URL_') ? decodeURIComponent(new URL(text).password) : text,
      ]),
    );
  expect(compose.ask('parse', texts).map((answer) => decoded(answer.values))).toEqual(wanted);
  expect(texts.map((text) => decoded(parse(text)))).toEqual(wanted);
}, 120_000);
