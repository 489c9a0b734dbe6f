import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environments } from '../../environments';
import { DeclarationError, type Delivery } from '../../lib/catalog';
import { findProject, loadEnvironments, selectDelivered, selectEnvironment } from '../../lib/cli/project';
import { packageRoot } from '../../lib/package-root';

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

describe('loadEnvironments', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-load-')));
  const project = { root: folder, environmentsModule: 'environments', programModule: 'program' };

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  beforeEach(() => {
    jest.resetModules();
  });

  function load(text: string): void {
    writeFileSync(join(folder, 'environments.js'), text);
    loadEnvironments(project);
  }

  it.each([
    [
      `const fs = require('fs');\nexports.environments = [fs.readFileSync('gone.pem')];`,
      `environments.js cannot be loaded: ENOENT: no such file or directory, open 'gone.pem' (environments.js:2)`,
      'make the file, or begin its path with __dirname: other paths begin where the command is run',
    ],
    [
      `\n\nexports.environments = [undefined.name];`,
      `environments.js cannot be loaded: Cannot read properties of undefined (reading 'name') (environments.js:3)`,
      'correct it',
    ],
    [
      `throw new Error('Transform failed with 1 error:\\n' + __filename + ':3:7: ERROR: Unexpected ";"');`,
      `environments.js cannot be loaded: environments.js:3:7: ERROR: Unexpected ";" (environments.js:1)`,
      'correct it',
    ],
    [`throw 'a text'`, 'environments.js cannot be loaded: a text', 'correct it'],
    [
      'exports.all = [];',
      'environments exports no list "environments"',
      expect.stringContaining('export const') as string,
    ],
  ])('fails in one line with the place, for %j', (text, message, fix) => {
    expect(() => {
      load(text);
    }).toThrow(expect.objectContaining({ message, fix, code: 2 }) as Error);
  });

  it('fails with all problems of a declaration as they are', () => {
    const problems = JSON.stringify(join(packageRoot(), 'lib/catalog/problems'));
    const problem = { path: 'p', what: 'w', got: 'g', allowed: 'a', fix: 'f' };
    expect(() => {
      load(`require(${problems}).throwProblems('catalog "x"', [${JSON.stringify(problem)}]);`);
    }).toThrow(DeclarationError);
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

describe('selectDelivered', () => {
  const selected = (type: Delivery['type'], name?: string): string => selectDelivered(environments, type, name).name;

  it('finds an environment by name, or the first one with the delivery', () => {
    expect([selected('externalSecrets', 'production'), selected('externalSecrets'), selected('dotenv')]).toEqual([
      'production',
      'staging',
      'local',
    ]);
  });

  it.each([
    ['externalSecrets', 'local', 'environment "local" has no Vault, its values are delivered by dotenv'],
    ['dotenv', 'ci', 'environment "ci" has no .env files, its values are delivered by githubActions'],
  ] as const)('fails on %s of %s and lists those that have it', (type, name, message) => {
    const fix = type === 'dotenv' ? 'choose one of: local' : 'choose one of: staging, production';
    expect(() => selected(type, name)).toThrow(expect.objectContaining({ message, fix, code: 2 }) as Error);
  });

  it.each([
    [undefined, 'no environment has sealed values'],
    ['ci', 'environment "ci" has no sealed values, its values are delivered by githubActions'],
  ])('fails where no environment has the delivery, for %s', (name, message) => {
    const fix = 'declare one with sealedSecrets(...) as its delivery';
    expect(() => selected('sealedSecrets', name)).toThrow(expect.objectContaining({ message, fix }) as Error);
  });
});
