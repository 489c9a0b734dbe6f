import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { MatrixDiff } from '../../lib/audit/matrix-diff';
import { parseMatrixJson } from '../../lib/audit/matrix-json';
import { codeBlocks } from '../support/documentation';
import { NiveshRepository } from '../support/nivesh-repository';

describe('nivesh-secrets matrix', () => {
  let repository: NiveshRepository;

  beforeAll(() => {
    repository = new NiveshRepository();
    repository.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  });

  afterAll(() => {
    repository.dispose();
  });

  afterEach(() => {
    repository.git('checkout', '--quiet', '--force', 'main');
    repository.git('reset', '--quiet', '--hard', 'origin/main');
  });

  it('prints a table of one environment, names only', async () => {
    const { code, stdout } = await repository.nivesh('matrix --environment production');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]?.split(/ {2,}/)).toEqual([
      ...['WORKLOAD', 'SECRET', 'VARIABLE', 'FIELDS', 'SERVICE ACCOUNT', 'ROLE', 'POLICY'],
    ]);
    expect(stdout).toMatch(/^mlflow +nivesh\/postgres +MLFLOW_BACKEND_STORE_URI +password username +nivesh\/mlflow/m);
  });

  it('says which commit the JSON and the page are of, and whether files differ from it', async () => {
    const commit = repository.git('log', '-1', '--format=commit %h of %cs');
    const clean = await repository.nivesh('matrix --json');
    expect(JSON.parse(clean.stdout)).toMatchObject({ source: commit });
    expect(parseMatrixJson(clean.stdout).environments).toEqual(['local', 'ci', 'staging', 'production']);
    repository.growAccess();
    const page = await repository.nivesh('matrix --format html');
    expect(page.stdout).toContain(`${commit}, with changes that are not committed`);
  });

  it('runs what the documentation shows', async () => {
    const [matrix = '', diff = ''] = codeBlocks('access.md', 'sh');
    repository.git('checkout', '--quiet', '-b', 'change');
    await repository.nivesh('matrix --json --output earlier.json');
    repository.growAccess();
    const command = 'nivesh-secrets() { npx tsx lib/cli/main.ts "$@"; }';
    const shown = await repository.run(`${command}\n${matrix}`);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(repository.read('access-matrix.csv')).toContain(
      '\r\nproduction,grafana,nivesh/redis,password,CACHE_PASSWORD,read,',
    );
    expect(repository.read('access-matrix.html')).toMatch(/^<!doctype html>/);
    const compared = await repository.run(`${command}\n${diff}`);
    expect([compared.code, compared.stderr]).toEqual([1, '']);
    expect(compared.stdout).toContain('Access grows: 2 added, 0 removed, 0 changed');
    expect(compared.stdout).toContain('**Access grows: 2 added, 0 removed, 0 changed**');
  });

  it('compares with a commit, and leaves nothing behind', async () => {
    const base = repository.git('rev-parse', 'HEAD');
    repository.growAccess();
    repository.commit();
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('nivesh-secrets-base-'));
    const grown = await repository.nivesh(`matrix --environment staging --diff ${base} --fail-on-growth --json`);
    const diff = JSON.parse(grown.stdout) as MatrixDiff;
    expect([grown.code, diff.grew]).toEqual([1, true]);
    expect(diff.added.map(({ environment, workload, secret }) => [environment, workload, secret])).toEqual([
      ['staging', 'grafana', 'nivesh/redis'],
    ]);
    const tip = repository.git('rev-parse', 'HEAD');
    repository.git('reset', '--quiet', '--hard', base);
    const shrunk = await repository.nivesh(`matrix --diff ${tip} --fail-on-growth`);
    expect([shrunk.code, shrunk.stdout]).toEqual([
      0,
      expect.stringContaining('Access does not grow: 0 added, 2 removed'),
    ]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('nivesh-secrets-base-'))).toEqual(before);
    expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it.each([
    ['--diff no-such-branch', 2, /there is no file and no commit "no-such-branch"\nfix: /],
    ['--diff=--output=x', 2, /there is no file and no commit "--output=x"/],
    ['--diff package.json', 2, /package.json cannot be used: it is no access matrix/],
    ['--diff main --format html', 2, /--format html was given with --diff\nfix: choose table, markdown or json/],
    ['--format markdown', 2, /--format markdown was given without --diff/],
    ['--fail-on-growth', 2, /--fail-on-growth was given without --diff/],
    ['--environment nowhere', 2, /unknown environment "nowhere", allowed: local, ci, staging, production/],
    ['--format yaml', 2, /Allowed choices are table, json, csv, html, markdown/],
    ['--output no/such/folder/matrix.txt', 3, /no\/such\/folder\/matrix.txt cannot be written/],
  ])('fails on %s', async (flags, expected, message) => {
    const { code, stdout, stderr } = await repository.nivesh(`matrix ${flags}`);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(message);
  });
});
