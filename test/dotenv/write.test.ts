import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGitFolder, type GitFolder } from '../../lib/dotenv/git';
import type { PlannedFile } from '../../lib/dotenv/plan';
import { writeDotenvFiles } from '../../lib/dotenv/write';
import { SecretValue } from '../../lib/values/secret-value';
import { LocalProject } from '../support/local-project';

let project: LocalProject;
let folder: GitFolder;

beforeEach(async () => {
  project = LocalProject.with({ '.env': 'A=1\n', 'backend/.env': 'B=1\n' });
  folder = await findGitFolder(project.root);
});

afterEach(() => {
  project.dispose();
});

function planned(path: string, before: string | undefined, content: string): PlannedFile {
  return {
    path,
    base: before === undefined ? 'nothing' : 'current',
    variables: [],
    added: [],
    undeclared: [],
    ...(before === undefined ? {} : { before: new SecretValue(before) }),
    content: new SecretValue(content),
  };
}

test('replaces files, makes folders, and leaves nothing else behind', async () => {
  await writeDotenvFiles(folder, [planned('.env', 'A=1\n', 'A=2\n'), planned('new/deep/.env', undefined, 'C=1\n')]);
  expect([project.read('.env'), project.read('new/deep/.env')]).toEqual(['A=2\n', 'C=1\n']);
  expect(project.files()).toEqual(['.env', '.gitignore', 'backend/.env', 'new/deep/.env']);
  expect(readdirSync(join(folder.gitFolder, 'nivesh-secrets'))).toEqual([]);
});

test('a file that stays as it is keeps its time', async () => {
  const before = statSync(join(project.root, '.env'), { bigint: true }).mtimeNs;
  await writeDotenvFiles(folder, [planned('.env', 'A=1\n', 'A=1\n')]);
  expect(statSync(join(project.root, '.env'), { bigint: true }).mtimeNs).toBe(before);
});

test('removes what a killed run left in the folder of git', async () => {
  const left = join(folder.gitFolder, 'nivesh-secrets', 'new', 'left');
  mkdirSync(join(left, '..'), { recursive: true });
  writeFileSync(left, 'A=secret\n');
  await writeDotenvFiles(folder, [planned('.env', 'A=1\n', 'A=2\n')]);
  expect(existsSync(left)).toBe(false);
});

test.each([
  ['was changed', planned('backend/.env', 'B=0\n', 'B=2\n')],
  ['was made', planned('backend/.env', undefined, 'B=2\n')],
  ['was removed', planned('gone/.env', 'B=1\n', 'B=2\n')],
])('fails for a file that somebody else %s meanwhile, and replaces none', async (_, file) => {
  const before = project.hash();
  await expect(writeDotenvFiles(folder, [planned('.env', 'A=1\n', 'A=2\n'), file])).rejects.toThrow(
    `${file.path} was changed while this ran, so nothing was written`,
  );
  expect(project.hash()).toBe(before);
});
