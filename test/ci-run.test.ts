import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../lib/package-root';
import { allowNoPods, insistOnPods } from './e2e/support/pods';

describe('the gate, where packages are missing and cannot be installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ci-run-'));
  const called = join(folder, 'called');

  beforeAll(() => {
    // Programs that the gate needs, one that notes its calls, and none that installs.
    for (const program of ['dirname', 'grep']) {
      const found = (process.env.PATH ?? '').split(delimiter).map((place) => join(place, program));
      symlinkSync(found.find(existsSync) ?? program, join(folder, program));
    }
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\necho "$@" >> '${called}'\n`);
    chmodSync(join(folder, 'npm'), 0o755);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (environment: NodeJS.ProcessEnv) =>
    spawnSync('/bin/bash', [join(packageRoot(), '.ci/run')], {
      encoding: 'utf8',
      env: { PATH: folder, ...environment },
    });

  it('fails and names them', () => {
    const { status, stderr } = run({});
    expect(stderr).toMatch(
      /^cannot install containerd runc containernetworking-plugins .*: that needs root and apt-get\nfix: .* or set NIVESH_SECRETS_ALLOW_NO_PODS=1 /m,
    );
    expect(status).toBe(1);
    expect(existsSync(called)).toBe(false);
  });

  it('goes on where somebody says so', () => {
    const { status, stderr } = run({ [allowNoPods]: '1' });
    expect(stderr).toMatch(/^cannot install containerd /m);
    expect(status).toBe(0);
    expect(readFileSync(called, 'utf8')).toMatch(/^ci\b.*\ntest\n$/);
  });
});

describe('tests that need real pods', () => {
  const missing = ['root (this is user 1000)'];

  it('fail without them, and say why and how to go on', () => {
    expect(() => {
      insistOnPods(missing, {});
    }).toThrow(
      'this machine cannot run pods, it lacks root (this is user 1000); fix: install them, or set NIVESH_SECRETS_ALLOW_NO_PODS=1 to go on without these tests',
    );
  });

  it('pass where somebody says so, and where nothing is missing', () => {
    expect(() => {
      insistOnPods(missing, { [allowNoPods]: '1' });
      insistOnPods([], {});
    }).not.toThrow();
  });
});
