import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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

test('collects from example files that git tracks, whether or not an environment declares them', async () => {
  const names = ['frontend/.env.example', 'tools/.env.local.sample', 'deploy.env.template', 'env.dist'];
  const others = ['notes.example', '.environment.ts.template', 'seven.example', 'untracked/.env.example'];
  project = LocalProject.with(
    Object.fromEntries([...names, ...others].map((name) => [name, `API_KEY=key of ${name}\nPORT=3000\n`])),
  );
  project.git('add', '--force', '.', ':!untracked');
  const values = await collectExampleValues(environments, project.root);
  expect([...values].sort()).toEqual(names.map((name) => `key of ${name}`).sort());
});

test('there is nothing to collect without example files', async () => {
  project = LocalProject.with({});
  expect(await collectExampleValues(environments, project.root)).toEqual(new Set());
});

test('fails for an example file that cannot be read', async () => {
  project = LocalProject.nivesh();
  project.remove('backend/.env.example');
  mkdirSync(join(project.root, 'backend/.env.example'));
  await expect(collectExampleValues(environments, project.root)).rejects.toThrow(
    /backend\/\.env\.example cannot be read: .*EISDIR/,
  );
});
