import { vaultTypes } from '../../../../lib/embedded/providers/vault';
import { VaultResource } from '../../../../lib/embedded/providers/vault/resource';
import { type PropertyMap, unknownValue } from '../../../../lib/embedded/providers/values';
import { VaultError } from '../../../../lib/vault/client';
import { type Answers, FakeVault } from './fake-vault';

const tokens = {
  role: 'vault:kubernetes/authBackendRole:AuthBackendRole',
  mount: 'vault:index/mount:Mount',
  policy: 'vault:index/policy:Policy',
  config: 'vault:kubernetes/authBackendConfig:AuthBackendConfig',
} as const;

function resource(type: keyof typeof tokens, answers: Answers = {}): { resource: VaultResource; vault: FakeVault } {
  const table = vaultTypes[tokens[type]];
  if (!table) {
    throw new Error(`no table of ${type}`);
  }
  const vault = new FakeVault(answers);
  return { resource: new VaultResource(table, () => vault), vault };
}

const operation = { preview: false, timeout: 0, signal: new AbortController().signal };
const role: PropertyMap = {
  backend: 'kubernetes',
  roleName: 'nivesh-backend',
  boundServiceAccountNames: ['b', 'a'],
  boundServiceAccountNamespaces: ['nivesh'],
  tokenPolicies: ['nivesh-backend'],
  tokenTtl: 900,
  tokenType: 'default',
};
const withoutTtl = Object.fromEntries(Object.entries(role).filter(([name]) => name !== 'tokenTtl'));
const rolePath = 'auth/kubernetes/role/nivesh-backend';
const roleAnswer = {
  alias_name_source: 'serviceaccount_uid',
  bound_service_account_names: ['a', 'b'],
  bound_service_account_namespaces: ['nivesh'],
  token_policies: ['nivesh-backend'],
  token_bound_cidrs: [],
  token_ttl: 900,
  token_type: 'default',
};

describe('checking a Vault resource', () => {
  it('fills in the defaults of the published plugin, and lists them', async () => {
    const { inputs, failures } = await resource('role').resource.check(
      { roleName: 'r', boundServiceAccountNames: ['a'], boundServiceAccountNamespaces: ['n'] },
      {},
    );
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ backend: 'kubernetes', tokenType: 'default', __defaults: ['backend', 'tokenType'] });
  });

  it('takes values that are not known yet', async () => {
    const inputs = {
      roleName: 'r',
      boundServiceAccountNames: unknownValue,
      boundServiceAccountNamespaces: unknownValue,
    };
    expect((await resource('role').resource.check(inputs, {})).failures).toEqual([]);
  });

  it('fails with every problem at once', async () => {
    const { failures } = await resource('mount').resource.check(
      { path: 'new', options: { version: 2 }, namespace: 'team', maxLeaseTtlSeconds: 1.5, typo: 'x' },
      { path: 'old' },
    );
    expect(failures.map(({ property, reason }) => `${property} ${reason}`)).toMatchInlineSnapshot(`
     [
       "options must be an object of strings, got an object of other values",
       "namespace is not carried by the stand-in for the vault provider; leave it out, or use the published plugin",
       "maxLeaseTtlSeconds must be a whole number, got a fraction",
       "typo is no argument of this resource; it has path, type, description, defaultLeaseTtlSeconds, maxLeaseTtlSeconds, auditNonHmacRequestKeys, auditNonHmacResponseKeys, listingVisibility, passthroughRequestHeaders, allowedResponseHeaders, options, local, sealWrap",
       "type is missing, it must be given",
       "path cannot move from "old" to "new" here; declare a new resource",
     ]
    `);
  });

  it('fails without a word of the value, which may be a secret', async () => {
    const { failures } = await resource('config').resource.check({ tokenReviewerJwt: ['canary'] }, {});
    expect(JSON.stringify(failures)).toContain('must be a string, got a list of strings');
    expect(JSON.stringify(failures)).not.toContain('canary');
  });

  it('fails on the other name of a KV version 2 mount', async () => {
    const { failures } = await resource('mount').resource.check({ path: 'secret', type: 'kv-v2' }, {});
    expect(failures).toEqual([{ property: 'type', reason: 'must be kv with options { version: "2" }, got "kv-v2"' }]);
  });

  it('fails on a role without a namespace', async () => {
    const { failures } = await resource('role').resource.check({ ...role, boundServiceAccountNamespaces: [] }, {});
    expect(failures).toHaveLength(1);
    const selector = { ...role, boundServiceAccountNamespaces: [], boundServiceAccountNamespaceSelector: '{}' };
    expect((await resource('role').resource.check(selector, {})).failures).toEqual([]);
  });
});

describe('the difference of a Vault resource', () => {
  const diff = async (state: PropertyMap, inputs: PropertyMap): Promise<unknown> =>
    Object.fromEntries((await resource('role').resource.diff({ id: rolePath, state, oldInputs: {}, inputs })).changes);

  it('is none where Vault only says more', async () => {
    const state = {
      ...role,
      boundServiceAccountNames: ['a', 'b'],
      tokenMaxTtl: 0,
      aliasNameSource: 'serviceaccount_uid',
    };
    expect(await diff(state, role)).toEqual({});
  });

  it('sees what was changed, added and removed by hand', async () => {
    expect(await diff({ ...withoutTtl, tokenBoundCidrs: ['10.0.0.0/8'], tokenPolicies: ['root'] }, role)).toEqual({
      tokenTtl: { kind: 'add', replace: false },
      tokenBoundCidrs: { kind: 'delete', replace: false },
      tokenPolicies: { kind: 'update', replace: false },
    });
  });

  it('replaces a role of another name', async () => {
    expect(await diff(role, { ...role, roleName: 'other' })).toEqual({ roleName: { kind: 'update', replace: true } });
  });

  it('has a value that is not known yet', async () => {
    expect(await diff(role, { ...role, tokenPolicies: unknownValue })).toEqual({
      tokenPolicies: { kind: 'update', replace: false },
    });
  });
});

describe('a Vault resource', () => {
  it('is made, and read back as the program wrote it', async () => {
    const { resource: handler, vault } = resource('role', {
      [`POST ${rolePath}`]: {},
      [`GET ${rolePath}`]: roleAnswer,
    });
    const made = await handler.create({ ...operation, inputs: { ...role, __defaults: [] } });
    expect(vault.requests[0]).toMatchInlineSnapshot(`
     [
       "POST auth/kubernetes/role/nivesh-backend",
       {
         "bound_service_account_names": [
           "b",
           "a",
         ],
         "bound_service_account_namespaces": [
           "nivesh",
         ],
         "token_policies": [
           "nivesh-backend",
         ],
         "token_ttl": 900,
         "token_type": "default",
       },
     ]
    `);
    expect(made.id).toBe(rolePath);
    expect(made.state).toMatchObject({ ...role, aliasNameSource: 'serviceaccount_uid', tokenBoundCidrs: [] });
  });

  it('shows in a preview what is known before', async () => {
    const { resource: handler, vault } = resource('mount');
    const inputs = { path: 'secret', type: 'kv' };
    const { id, state } = await handler.create({ ...operation, preview: true, inputs });
    expect({ id, ...state }).toMatchObject({ id: '', ...inputs, accessor: unknownValue, sealWrap: unknownValue });
    expect(vault.requests).toEqual([]);
  });

  it('resets what the program no longer says', async () => {
    const { resource: handler, vault } = resource('role', {
      [`POST ${rolePath}`]: {},
      [`GET ${rolePath}`]: roleAnswer,
    });
    const state = { ...role, tokenBoundCidrs: ['10.0.0.1/32'] };
    await handler.update({ ...operation, id: rolePath, state, oldInputs: {}, inputs: withoutTtl });
    expect(vault.requests[0]?.[1]).toMatchObject({ token_ttl: 0, token_bound_cidrs: [] });
  });

  it('is read with what Vault has besides the arguments', async () => {
    const drifted = { ...roleAnswer, token_ttl: 60, token_bound_cidrs: ['10.0.0.1'] };
    const { resource: handler } = resource('role', { [`GET ${rolePath}`]: drifted });
    const found = await handler.read({ id: rolePath, state: role, inputs: role });
    expect(found?.inputs).toEqual({ ...role, tokenTtl: 60, tokenBoundCidrs: ['10.0.0.1/32'], __defaults: [] });
  });

  it('is imported by its id alone', async () => {
    const { resource: handler } = resource('mount', {
      'GET sys/mounts/secret': {
        type: 'kv',
        description: 'values',
        accessor: 'kv_1',
        options: { version: '2' },
        config: { default_lease_ttl: 0, max_lease_ttl: 0 },
      },
    });
    const found = await handler.read({ id: 'secret', state: {}, inputs: {} });
    expect(found?.inputs).toEqual({
      path: 'secret',
      type: 'kv',
      description: 'values',
      options: { version: '2' },
      __defaults: [],
    });
  });

  it('is gone when Vault says that nothing is mounted there', async () => {
    const answer = new VaultError('refused', 400, ['No secret engine mount at secret/']);
    const { resource: handler } = resource('mount', { 'GET sys/mounts/secret': answer });
    expect(await handler.read({ id: 'secret', state: {}, inputs: {} })).toBeUndefined();
  });

  it('is an empty policy, as the published plugin has it, where the policy is gone', async () => {
    const gone = new VaultError('not found', 404);
    const { resource: handler } = resource('policy', { 'GET sys/policies/acl/p': gone });
    const inputs = { name: 'p', policy: 'path "a" {}' };
    expect((await handler.read({ id: 'p', state: inputs, inputs }))?.inputs).toMatchObject({ name: 'p', policy: '' });
  });

  it('sends what the published plugin sends for an auth configuration, and keeps the token in its state', async () => {
    const path = 'auth/kubernetes/config';
    const { resource: handler, vault } = resource('config', {
      [`POST ${path}`]: {},
      [`GET ${path}`]: { kubernetes_host: 'https://api', disable_iss_validation: false, disable_local_ca_jwt: true },
    });
    const inputs = {
      backend: 'kubernetes',
      kubernetesHost: 'https://api',
      disableLocalCaJwt: true,
      tokenReviewerJwt: 'x',
    };
    const { state } = await handler.create({ ...operation, inputs });
    expect(vault.requests[0]).toMatchInlineSnapshot(`
     [
       "POST auth/kubernetes/config",
       {
         "disable_iss_validation": false,
         "disable_local_ca_jwt": true,
         "kubernetes_host": "https://api",
         "token_reviewer_jwt": "x",
         "use_annotations_as_alias_metadata": false,
       },
     ]
    `);
    expect(state).toMatchObject({ tokenReviewerJwt: 'x', disableIssValidation: false });
  });

  it('fails to be made where another is mounted, and says how to take it over', async () => {
    const answer = new VaultError('vault refused POST sys/mounts/secret (400): path is already in use', 400, [
      'path is already in use at secret/',
    ]);
    const { resource: handler } = resource('mount', { 'POST sys/mounts/secret': answer });
    const making = handler.create({ ...operation, inputs: { path: 'secret', type: 'kv' } });
    await expect(making).rejects.toThrow("take it over with the resource option import: 'secret'");
  });

  it('fails when it is gone right after it was written', async () => {
    const gone = new VaultError('not found', 404);
    const { resource: handler } = resource('role', { [`POST ${rolePath}`]: {}, [`GET ${rolePath}`]: gone });
    await expect(handler.create({ ...operation, inputs: role })).rejects.toThrow(
      `vault has no ${rolePath} right after it was written; was it deleted meanwhile?`,
    );
  });
});
