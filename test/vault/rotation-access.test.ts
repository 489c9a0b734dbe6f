import fc from 'fast-check';
import { environments } from '../../environments';
import { catalogReferences, usesExternalSecrets } from '../../lib/catalog';
import { accessOfRotation } from '../../lib/vault/rotation-access';
import { accessOfEnvironment } from '../../lib/vault/workload-access';
import { shopEnvironment } from '../support/environment';

const scheduled = environments.filter(usesExternalSecrets).filter(({ rotation }) => rotation);

test('nobody may rotate where nothing rotates on schedule', () => {
  expect(accessOfRotation(shopEnvironment())).toBeUndefined();
});

test.each(scheduled.map((environment) => [environment.name, environment] as const))(
  'the rotator of %s may do exactly this',
  (_, environment) => {
    const access = accessOfRotation(environment);
    const lines = access?.policy.rules.map(({ path, capabilities }) => `${path} ${capabilities.join(' ')}`);
    expect(lines).toMatchSnapshot();
    expect(access?.role).toMatchObject({
      name: 'nivesh-rotation',
      boundServiceAccountNames: ['nivesh-rotator'],
      boundServiceAccountNamespaces: ['nivesh'],
      tokenPolicies: ['nivesh-rotation'],
      tokenNoDefaultPolicy: true,
    });
  },
);

test.each(scheduled.map((environment) => [environment.name, environment] as const))(
  'in %s nobody else can write, and the rotator cannot change its own access or what persons replace',
  (_, environment) => {
    const others = accessOfEnvironment(environment)
      .filter(({ policy }) => policy.name !== 'nivesh-rotation')
      .flatMap(({ policy }) => policy.rules);
    const writing = others.filter(
      ({ path, capabilities }) => !capabilities.includes('read') && path !== 'auth/token/revoke-self',
    );
    expect(writing).toEqual([]);

    const rules = accessOfRotation(environment)?.policy.rules ?? [];
    const rotator = environment.rotation?.workload;
    const own = catalogReferences(environment.catalog).filter(({ workload }) => workload === rotator);
    expect(own.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.constantFrom(...own), fc.constantFrom(...rules), ({ reference }, { path, capabilities }) => {
        const isOwn = path.endsWith(`/data/${reference.secret.path}`);
        expect(isOwn && capabilities.length > 0).toBe(false);
      }),
    );
    expect(
      rules.filter(({ capabilities }) => capabilities.includes('delete') || capabilities.includes('list')),
    ).toEqual([]);
  },
);
