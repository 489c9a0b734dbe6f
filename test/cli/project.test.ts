import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environments } from '../../environments';
import { findProject, selectEnvironment } from '../../lib/cli/project';

describe('findProject', () => {
  const folder = mkdtempSync(join(tmpdir(), 'project-'));

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds the nearest package.json with the key', () => {
    const inner = join(folder, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"nivesh-secrets":{"environments":"infra/environments"}}');
    writeFileSync(join(inner, 'package.json'), '{"name":"another"}');
    expect(findProject(inner)).toEqual({
      root: folder,
      environmentsModule: 'infra/environments',
      programModule: 'stacks/index',
    });
  });

  it('fails outside a project and says what makes one', () => {
    expect(() => findProject(tmpdir())).toThrow(/^no project found in /);
  });

  it('fails on a package.json that is not JSON', () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'package.json'), '{');
    expect(() => findProject(broken)).toThrow(/is not JSON/);
  });
});

describe('selectEnvironment', () => {
  it('finds an environment by name', () => {
    expect(selectEnvironment(environments, 'production').name).toBe('production');
  });

  it('fails on an unknown name and lists the known ones', () => {
    expect(() => selectEnvironment(environments, 'prod')).toThrow(
      'unknown environment "prod", allowed: local, ci, staging, production',
    );
  });
});
