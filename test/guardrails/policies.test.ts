import type { PolicyResource, StackValidationArgs } from '@pulumi/policy';
import { objectPolicies } from '../../lib/guardrails/policies';
import { guardrails } from '../../lib/guardrails/rules';
import { packageRoot } from '../../lib/package-root';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A resource as the policy SDK gives it: looking at what is not known yet throws. */
function resource(type: string, props: object, provider?: string): PolicyResource {
  const guarded = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? new Proxy(value, {
          get: (target, key) => {
            const part = Reflect.get(target, key) as unknown;
            if (part === unknown) {
              throw new Error('it cannot be known during preview');
            }
            return guarded(part);
          },
        })
      : value;
  const name = (props as { metadata?: { name?: string } }).metadata?.name ?? 'x';
  return {
    ...{
      type,
      name,
      urn: `urn:pulumi:staging::shop::${type}::${name}`,
      props: guarded(props) as PolicyResource['props'],
    },
    ...(provider === undefined ? {} : { provider: { urn: provider } as PolicyResource['provider'] & object }),
  } as PolicyResource;
}

const unknown = Symbol('unknown');

function deployment(secretRef: object, more: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'backend', uid: unknown, ...more },
    spec: { template: { spec: { containers: [{ name: 'backend', envFrom: [{ secretRef }] }] } } },
    status: unknown,
  };
}

const secret = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { namespace: 'shop', name: 'backend-secret' },
  spec: { target: { name: 'backend-secret' }, dataFrom: [{ extract: { key: unknown } }] },
};
const [deploymentType, secretType] = [
  'kubernetes:apps/v1:Deployment',
  'kubernetes:external-secrets.io/v1:ExternalSecret',
];

/** What a policy reports about resources, as `name of the resource: message`. */
async function reports(id: string, resources: readonly PolicyResource[], config: object = {}): Promise<string[]> {
  const told: string[] = [];
  const policy = objectPolicies.find(({ name }) => name === id);
  const args = { resources, getConfig: () => config } as unknown as StackValidationArgs;
  await policy?.validateStack(args, (message, urn) => told.push(`${urn?.split('::').at(-1) ?? ''}: ${message}`));
  return told;
}

describe('objectPolicies', () => {
  it('has one policy a rule: errors are mandatory, warnings are advice', () => {
    expect(objectPolicies.map(({ name, enforcementLevel }) => [name, enforcementLevel])).toEqual(
      guardrails.map(({ id, severity }) => [id, severity === 'error' ? 'mandatory' : 'advisory']),
    );
  });

  it('reports the resource, what is wrong and the fix', async () => {
    const resources = [resource(deploymentType, deployment({ name: 'backend-secrets' })), resource(secretType, secret)];
    expect(await reports('secret-not-made', resources)).toEqual([
      'backend: Deployment shop/backend needs Secret shop/backend-secrets (variables), and nothing makes it; ExternalSecret shop/backend-secret makes shop/backend-secret, fix: did you mean backend-secret?',
    ]);
  });

  it('accepts what fits, Secrets that its configuration says are made elsewhere, and resources that are no objects', async () => {
    const fitting = [resource(deploymentType, deployment({ name: 'backend-secret' })), resource(secretType, secret)];
    expect(await reports('secret-not-made', fitting)).toEqual([]);
    const config = { secretsMadeElsewhere: ['shop/by-hand'] };
    const byHand = [resource(deploymentType, deployment({ name: 'by-hand' }))];
    expect(await reports('secret-not-made', byHand, config)).toEqual([]);
    const others = [
      resource('kubernetes:helm.sh/v3:Release', { name: 'eso', chart: 'external-secrets' }),
      resource('vault:index/policy:Policy', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }),
      resource('kubernetes:apps/v1:DeploymentPatch', deployment({ name: 'missing' })),
    ];
    expect(await reports('secret-not-made', others)).toEqual([]);
  });

  it('keeps clusters apart', async () => {
    const resources = [
      resource(deploymentType, deployment({ name: 'backend-secret' }), 'urn:one'),
      resource(secretType, secret, 'urn:two'),
    ];
    expect(await reports('secret-not-made', resources)).toHaveLength(1);
  });

  it('says nothing about an object of which parts are not known yet, and takes what it makes into account', async () => {
    expect(await reports('secret-not-made', [resource(deploymentType, deployment({ name: unknown }))])).toEqual([]);
    const half = deployment({ name: 'missing' }, { annotations: { checksum: unknown } });
    expect(await reports('secret-not-made', [resource(deploymentType, half)])).toEqual([]);
    expect(await reports('secret-not-made', [resource(deploymentType, deployment({ name: 'missing' }))])).toHaveLength(
      1,
    );
  });

  it('is found where the pack says that it is, with the version of the package', () => {
    const read = (file: string): { version: string; main: string } =>
      JSON.parse(readFileSync(join(packageRoot(), file), 'utf8')) as { version: string; main: string };
    const { version, main } = read('policy-pack/package.json');
    expect(version).toBe(read('package.json').version);
    const source = join(packageRoot(), 'policy-pack', main.replace('/build/', '/').replace(/\.js$/, '.ts'));
    expect(existsSync(source)).toBe(true);
  });
});
