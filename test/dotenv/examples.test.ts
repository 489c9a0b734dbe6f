import { environments } from '../../environments';
import { collectExampleValues } from '../../lib/dotenv/examples';
import { credentials } from '../support/credentials';
import { LocalProject } from '../support/local-project';

const databaseUrl = credentials('nivesh_user', 'dev%21pass', 'localhost:5432/nivesh_db');
const sessionSecret = ['keyboard', 'cat'].join('-');
let project: LocalProject;

afterEach(() => {
  project.dispose();
});

test("collects what Nivesh's example files give to secrets, and nothing that they give to others", async () => {
  project = LocalProject.nivesh();
  const values = await collectExampleValues(environments, project.root);
  expect([...values].sort()).toEqual([
    '<password>',
    'change-me',
    'mongodb://nivesh_user:<password>@localhost:27017/nivesh_conversations?authSource=admin',
    'postgresql://nivesh_user:<password>@localhost:5432/nivesh_db',
  ]);
});

test('collects passwords inside URLs, and variables that are only named like a secret', async () => {
  project = LocalProject.with({
    'backend/.env.example': [
      `DATABASE_URL=${databaseUrl}`,
      `SESSION_SECRET=${sessionSecret}`,
      'NEO4J_USERNAME=neo4j',
      'PORT=3000',
    ].join('\n'),
  });
  const values = await collectExampleValues(environments, project.root);
  expect([...values].sort()).toEqual(['dev!pass', sessionSecret, databaseUrl]);
});

test('there is nothing to collect without example files', async () => {
  project = LocalProject.with({});
  expect(await collectExampleValues(environments, project.root)).toEqual(new Set());
});
