import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Validation } from 'cdk8s-cli/plugins';
import { parse } from 'yaml';
import { ObjectRules } from '../../lib/guardrails/cdk8s-validation';
import { packageRoot } from '../../lib/package-root';
import { installPackage } from '../support/compiled-package';
import { codeBlocks } from '../support/documentation';

/** `cdk8s synth` as a user runs it, with what docs/guardrails.md says for cdk8s.yaml. */
describe('the validation plugin', () => {
  const project = mkdtempSync(join(tmpdir(), 'validation-'));
  const modules = join(packageRoot(), 'node_modules');
  const [validations = ''] = codeBlocks('guardrails.md', 'yaml');

  beforeAll(() => {
    installPackage(project);
    for (const name of ['cdk8s', 'constructs']) {
      symlinkSync(join(modules, name), join(project, 'node_modules', name));
    }
    mkdirSync(join(project, 'dist'));
  });

  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  /** An application with one chart that makes these objects. */
  function synthesize(objects: readonly object[], settings = validations): { status: number | null; output: string } {
    writeFileSync(
      join(project, 'app.js'),
      `const { ApiObject, App, Chart } = require('cdk8s');
      const app = new App();
      const chart = new Chart(app, 'shop');
      ${JSON.stringify(objects)}.forEach((object, index) => new ApiObject(chart, object.kind + index, object));
      app.synth();`,
    );
    writeFileSync(join(project, 'cdk8s.yaml'), `language: typescript\napp: node app.js\noutput: dist\n${settings}`);
    const { status, stdout, stderr } = spawnSync(join(modules, '.bin/cdk8s'), ['synth', '--check-upgrade=false'], {
      cwd: project,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: project },
    });
    return { status, output: `${stdout}${stderr}` };
  }

  const deployment = (secret: string): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'backend' },
    spec: { template: { spec: { containers: [{ name: 'backend', envFrom: [{ secretRef: { name: secret } }] }] } } },
  });
  const externalSecret = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace: 'shop', name: 'backend-secret' },
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: 'SecretStore', name: 'vault' },
      dataFrom: [{ extract: { key: 'shop/backend' } }],
    },
  };
  const store = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata: { namespace: 'shop', name: 'vault' },
    spec: {
      provider: {
        vault: {
          server: 'https://vault.example.com:8200',
          path: 'secret',
          version: 'v2',
          auth: {
            kubernetes: {
              mountPath: 'kubernetes',
              role: 'backend',
              serviceAccountRef: { name: 'backend', audiences: ['vault'] },
            },
          },
        },
      },
    },
  };

  it('accepts objects that fit together, and a Secret that is made elsewhere', () => {
    const { status, output } = synthesize([store, externalSecret, deployment('backend-secret')]);
    expect(output).toContain('success');
    expect(status).toBe(0);
    expect(synthesize([deployment('registry')]).status).toBe(0);
  });

  it('refuses a fault with the rule, the path of the construct, the line and the fix', () => {
    const { status, output } = synthesize([store, externalSecret, deployment('backend-secrets')]);
    expect(status).toBe(2);
    const line =
      readFileSync(join(project, 'dist/shop.k8s.yaml'), 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('backend-secrets')) + 1;
    expect(output).toContain('secret-not-made (2 occurrences)');
    expect(output).toContain('Construct Path: shop/Deployment2');
    expect(output).toContain(`> dist/shop.k8s.yaml:${line}`);
    expect(output).toContain('Recommendation: Deployment shop/backend needs Secret shop/backend-secrets');
    expect(output).toContain('How to fix: did you mean backend-secret?');
  });

  it('leaves out rules that are skipped', () => {
    const skipping = validations.replace('skip: []', 'skip: [secret-not-made]');
    expect(synthesize([deployment('missing')], skipping).status).toBe(0);
    expect(synthesize([deployment('missing')]).status).toBe(2);
  });

  it('fails for settings that are not known', () => {
    const { status, output } = synthesize([], validations.replace('skip: []', 'skip: [secret-made]'));
    expect(status).not.toBe(0);
    expect(output).toContain('skip: the list has an element that is not usable, got "secret-made"');
  });

  it('is a plugin by the types of cdk8s-cli', () => {
    const plugin: Validation = new ObjectRules({});
    expect(plugin).toBeInstanceOf(ObjectRules);
  });

  it('is named in the documentation with the version of this package', () => {
    const [{ version }] = (parse(validations) as { validations: [{ version: string }] }).validations;
    expect(version).toBe(
      (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version,
    );
  });
});
