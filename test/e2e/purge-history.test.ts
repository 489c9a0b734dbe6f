import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { purgeCommands } from '../../lib/audit/incident';
import { searchHistory } from '../../lib/scanning/history-search';
import { pythonTools } from '../../lib/scanning/python-tools';
import { SecretValue } from '../../lib/values/secret-value';

describe('a leaked value in the history of a repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'purge-'));
  const origin = join(folder, 'origin.git');
  const leaked = randomBytes(24).toString('hex');
  const value = new SecretValue(leaked);
  let tools: string;

  function sh(command: string, cwd = folder): string {
    return execFileSync('sh', ['-c', command], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${tools}:${process.env.PATH ?? ''}`,
        HOME: folder,
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@b.c',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@b.c',
      },
    });
  }

  beforeAll(async () => {
    tools = await pythonTools();
  });

  beforeEach(() => {
    sh(`git init --quiet --bare --initial-branch main ${origin} && git clone --quiet ${origin} work 2>&1`);
    writeFileSync(join(folder, 'work', 'config'), `password: ${leaked}\n`);
    const steps = [
      'git add config && git commit --quiet -m first && git tag v1',
      'git switch --quiet -c other && git commit --quiet --allow-empty -m second && git switch --quiet -c main2',
      'printf "password: from Vault\\n" > config && git commit --quiet -am third',
      'git push --quiet origin v1 other main2:main 2>&1',
    ];
    sh(steps.join(' && '), join(folder, 'work'));
  });

  afterEach(() => {
    ['origin.git', 'work', 'purge.git'].forEach((name) => {
      rmSync(join(folder, name), { recursive: true, force: true });
    });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is gone from every branch and tag after the commands of the case file', async () => {
    const expressions = join(folder, 'expressions');
    writeFileSync(expressions, leaked, { mode: 0o600 });
    expect(await searchHistory(origin, value)).toHaveLength(1);
    for (const command of purgeCommands) {
      sh(command.replace('<address>', origin).replace(/<file[^>]*>/, expressions));
    }
    // The server drops what nothing leads to when it cleans up.
    sh('git reflog expire --expire=now --all && git gc --quiet --prune=now', origin);
    expect(await searchHistory(origin, value)).toEqual([]);
    expect(sh('git show v1:config', origin)).toBe('password: ***REMOVED***\n');
    expect(sh('git show main:config', origin)).toBe('password: from Vault\n');
  });

  it("stays in tags and other branches after the guide's filter-branch", async () => {
    const work = join(folder, 'work');
    const filter = "git filter-branch --force --index-filter 'git rm --cached --ignore-unmatch config' HEAD";
    sh(`FILTER_BRANCH_SQUELCH_WARNING=1 ${filter} 2>&1 && git push --quiet origin --force --all 2>&1`, work);
    sh('git reflog expire --expire=now --all && git gc --quiet --prune=now', origin);
    expect(await searchHistory(origin, value)).toHaveLength(1);
  });
});
