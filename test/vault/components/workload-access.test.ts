import { WorkloadAccess } from '../../../lib/vault/components';
import { accessOfWorkload } from '../../../lib/vault/workload-access';
import { shopEnvironment } from '../../support/environment';
import { recordProgram } from '../../support/pulumi-recorder';

describe('WorkloadAccess', () => {
  it('is the derived policy and a role that holds it', async () => {
    const access = accessOfWorkload(shopEnvironment(), 'shop-web');
    const { find } = await recordProgram(() => {
      new WorkloadAccess('web', { access, authMount: 'kubernetes' });
    });
    const policy = find('vault:index/policy:Policy', 'web-policy');
    const role = find('vault:kubernetes/authBackendRole:AuthBackendRole', 'web-role');
    expect(policy.inputs).toEqual({ name: 'shop-web', policy: access.policy.text });
    expect(role.inputs).toEqual({
      backend: 'kubernetes',
      roleName: 'shop-web',
      boundServiceAccountNames: ['shop-web'],
      boundServiceAccountNamespaces: ['shop'],
      audience: 'vault',
      tokenPolicies: ['shop-web'],
      tokenTtl: 900,
      tokenMaxTtl: 900,
      tokenNoDefaultPolicy: true,
      aliasNameSource: 'serviceaccount_name',
    });
    expect(role.dependencies).toEqual([policy.urn]);
    const component = find('nivesh:vault:WorkloadAccess', 'web');
    expect([policy.parent, role.parent]).toEqual([component.urn, component.urn]);
  });
});
