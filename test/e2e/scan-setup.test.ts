import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../lib/package-root';
import { pythonTools } from '../../lib/scanning/python-tools';
import { NiveshRepository } from '../support/nivesh-repository';
import { ScannedProject } from './support/scanned-project';

// pre-commit installs detect-secrets from PyPI, for each test anew.
jest.setTimeout(300_000);

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
}

let project: ScannedProject;

beforeEach(async () => {
  project = new ScannedProject(await pythonTools());
  project.write('config.yaml', 'database:\n  host: postgres\n');
  expect(await project.run('npm install --ignore-scripts --no-audit --no-fund')).toMatchObject({ code: 0 });
  expect(await project.run('npx --no-install nivesh-secrets scan --install')).toMatchObject({ code: 0, stderr: '' });
});

afterEach(() => {
  project.dispose();
});

describe('the hooks that scan --install writes', () => {
  beforeEach(async () => {
    const { repos } = parse(project.read('.pre-commit-config.yaml')) as { repos: { repo: string; rev?: string }[] };
    project.mirrorDetectSecrets(repos[1]?.rev ?? '');
    expect(await project.run('pre-commit install')).toMatchObject({ code: 0 });
  });

  it('let a commit without a secret pass, and stop one with a secret', async () => {
    const salt = randomBytes(16).toString('hex');
    project.write('.secrets.baseline.json', JSON.stringify({ version: 1, salt, entries: [] }, undefined, 2));
    const first = await project.run('git add --all && git commit --quiet --message first');
    expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(/secrets in staged files\.+Passed\n/)]);
    expect(first.stderr).toMatch(/Detect secrets\.+Passed\n/);
    const head = project.git('rev-parse', 'HEAD');

    const secret = randomBytes(32).toString('hex');
    project.write('config.yaml', `database:\n  host: postgres\n  password: ${secret}\n`);
    const second = await project.run('git commit --quiet --all --message second');
    expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/secrets in staged files\.+Failed\n/)]);
    expect(second.stderr).toContain('config.yaml:3:13: ');
    expect(second.stdout + second.stderr).not.toContain(secret);
    expect(project.git('rev-parse', 'HEAD')).toBe(head);

    // What is staged counts, not what is in the work tree.
    project.git('add', '--all');
    project.write('config.yaml', 'database: {}\n');
    expect((await project.run('git commit --quiet --message third')).code).toBe(1);
    project.git('add', '--all');
    expect((await project.run('git commit --quiet --message fourth')).code).toBe(0);
  });

  it('stop what only detect-secrets finds', async () => {
    project.write('notes.txt', `"${randomBytes(32).toString('hex')}"\n`);
    const { code, stderr } = await project.run('git add --all && git commit --quiet --message first');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Detect secrets\.+Failed\n/)]);
    expect(stderr).toContain('Secret Type: Hex High Entropy String\nLocation:    notes.txt:1\n');
  });
});

describe('the workflow that scan --install writes', () => {
  /** Runs its steps until one fails, and gives the names of those that ran and how the last one ended. */
  async function workflow(event: 'push' | 'schedule'): Promise<{ ran: string[]; code: number | null; output: string }> {
    const { jobs } = parse(project.read('.github/workflows/secret-scan.yml')) as {
      jobs: { 'secret-scan': { steps: Step[] } };
    };
    const ran: string[] = [];
    let output = '';
    for (const { name = '', if: condition, run } of jobs['secret-scan'].steps) {
      if (run === undefined || (condition !== undefined && condition !== `github.event_name == '${event}'`)) {
        continue;
      }
      ran.push(name);
      const result = await project.run(run);
      output += result.stdout + result.stderr;
      if (result.code !== 0) {
        return { ran, code: result.code, output };
      }
    }
    return { ran, code: 0, output };
  }

  const always = ['Install', 'Prove that the scan finds generated secrets', 'Scan the files'];

  beforeEach(() => {
    project.git('add', '--all');
    project.git('commit', '--quiet', '--message', 'first');
  });

  it('passes without a secret, fails with one, and every day with one that only the history has', async () => {
    expect(await workflow('push')).toMatchObject({ ran: always, code: 0 });

    const secret = randomBytes(32).toString('hex');
    project.write('app.env', `JWT_SECRET=${secret}\n`);
    project.git('add', '--all');
    project.git('commit', '--quiet', '--message', 'second');
    const found = await workflow('push');
    expect(found).toMatchObject({ ran: always, code: 1 });
    expect(found.output).toContain('app.env:1:12: ');
    expect(found.output).not.toContain(secret);

    project.git('rm', '--quiet', 'app.env');
    project.git('commit', '--quiet', '--message', 'third');
    expect(await workflow('push')).toMatchObject({ ran: always, code: 0 });
    expect(await workflow('schedule')).toMatchObject({ ran: [...always, 'Scan the whole history'], code: 1 });
  });

  it.each([
    [
      'the rules of the catalog find nothing',
      'lib/scanning/catalog-detector.ts',
      'find(source: SourceText): Candidate[] {',
      'find({ text }: SourceText): Candidate[] {\n    const source = { path: text.slice(0, 0), text: text.slice(0, 0) };',
    ],
    [
      'detect-secrets finds nothing',
      'lib/scanning/detect-secrets-detector.ts',
      'return answer.flatMap(',
      'return answer.slice(0, 0).flatMap(',
    ],
  ])('fails in its first step when %s', async (_, file, from, to) => {
    const broken = new NiveshRepository();
    try {
      cpSync(join(packageRoot(), 'tools/python'), join(broken.root, 'tools/python'), { recursive: true });
      broken.edit(file, from, to);
      project.writePackage(broken.root);
      const { ran, code, output } = await workflow('push');
      expect([ran, code]).toEqual([always.slice(0, 2), 1]);
      expect(output).toMatch(/^the index: .* (?:is not found|finds nothing)$/m);
    } finally {
      broken.dispose();
    }
  });
});
