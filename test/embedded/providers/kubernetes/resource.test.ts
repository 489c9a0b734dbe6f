import type { KubernetesSettings } from '../../../../lib/embedded/providers/kubernetes/configuration';
import { ObjectResource } from '../../../../lib/embedded/providers/kubernetes/resource';
import { type PropertyMap, secret, unknownValue } from '../../../../lib/embedded/providers/values';
import { type Answers, FakeCluster, refusal } from './fake-cluster';

function resource(
  kind: string,
  answers: Answers,
  settings: Partial<KubernetesSettings> = {},
): { resource: ObjectResource; cluster: FakeCluster } {
  const cluster = new FakeCluster(answers);
  const all: KubernetesSettings = {
    client: cluster,
    namespace: 'default',
    mutableConfigMaps: true,
    mutableSecrets: true,
    force: false,
    upsert: false,
    ...settings,
  };
  return { resource: new ObjectResource({ apiVersion: 'v1', kind }, () => all), cluster };
}

const operation = { preview: false, timeout: 0, signal: new AbortController().signal };
const inputs: PropertyMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'n' },
  data: { k: 'v' },
};
const live = { ...inputs, metadata: { name: 'a', namespace: 'n', uid: 'u1', resourceVersion: '7' } };
const collection = '/api/v1/namespaces/n/configmaps';
const create = `POST ${collection}?fieldManager=MANAGER&fieldValidation=Strict`;
const dryRun = `${create}&dryRun=All`;
const apply = `PATCH ${collection}/a?fieldManager=MANAGER&fieldValidation=Strict&force=false`;
const state = { ...live, __inputs: inputs, __fieldManager: 'pulumi-kubernetes-0000abcd' };

describe('a Kubernetes object', () => {
  it('is created, and its state says under whose name', async () => {
    const { resource: handler } = resource('ConfigMap', { [create]: [live] });
    const made = await handler.create({ ...operation, inputs });
    expect(made.id).toBe('n/a');
    expect(made.state).toMatchObject({ ...live, __inputs: inputs, __initialApiVersion: 'v1' });
    expect(made.state.__fieldManager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
  });

  it('is created in the default namespace, or in none, as its kind has it', async () => {
    const bare = { ...inputs, metadata: { name: 'a' } };
    const inDefault = { ...live, metadata: { ...live.metadata, namespace: 'default' } };
    const path = create.replace('/namespaces/n/', '/namespaces/default/');
    expect(
      (await resource('ConfigMap', { [path]: [inDefault] }).resource.create({ ...operation, inputs: bare })).id,
    ).toBe('default/a');
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
    const cluster = 'POST /api/v1/namespaces?fieldManager=MANAGER&fieldValidation=Strict';
    const active = { ...namespace, status: { phase: 'Active' } };
    const answers = { [cluster]: [namespace], 'GET /api/v1/namespaces/a': [active] };
    const made = await resource('Namespace', answers).resource.create({ ...operation, inputs: namespace });
    expect(made).toMatchObject({ id: 'a', state: { status: { phase: 'Active' } } });
  });

  it('is created again while its namespace is not there yet', async () => {
    const { resource: handler, cluster } = resource('ConfigMap', { [create]: [refusal(404, 'NotFound'), live] });
    await handler.create({ ...operation, inputs });
    expect(cluster.requests).toHaveLength(2);
  });

  it('is tried without effect in a preview, and shown as declared where that cannot tell', async () => {
    const preview = { ...operation, preview: true, inputs };
    const { resource: tried } = resource('ConfigMap', { [dryRun]: [{ ...live, status: {} }] });
    const { id, state: shown } = await tried.create(preview);
    expect({ id, status: shown.status }).toEqual({ id: '', status: undefined });
    for (const error of [refusal(404, 'NotFound'), refusal(403, 'Forbidden'), refusal(409, 'AlreadyExists')]) {
      const { resource: handler } = resource('ConfigMap', { [dryRun]: [error] });
      expect(await handler.create(preview)).toEqual({ id: '', state: inputs });
    }
    const unknown = { ...inputs, data: { k: unknownValue } };
    expect(await resource('ConfigMap', {}).resource.create({ ...preview, inputs: unknown })).toEqual({
      id: '',
      state: unknown,
    });
  });

  it('takes back the fields of its own create request before it is applied', async () => {
    const created = {
      manager: 'pulumi-kubernetes-0000abcd',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:k': {} } },
    };
    const owned = { ...live, metadata: { ...live.metadata, managedFields: [created] } };
    const { resource: handler, cluster } = resource('ConfigMap', {
      [`GET ${collection}/a`]: [owned],
      [`PATCH ${collection}/a`]: [owned],
      [apply]: [live],
    });
    await handler.update({ ...operation, id: 'n/a', state, oldInputs: inputs, inputs });
    expect(cluster.requests.map(([request]) => request)).toEqual([
      `GET ${collection}/a`,
      `PATCH ${collection}/a`,
      apply,
    ]);
    expect(cluster.requests[1]?.[1]).toEqual([
      { op: 'replace', path: '/metadata/managedFields', value: [{ ...created, operation: 'Apply' }] },
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    ]);
  });

  it('is forced on other owners by the provider or by its annotation', async () => {
    const forced = apply.replace('force=false', 'force=true');
    const answers = { [`GET ${collection}/a`]: [live], [forced]: [live] };
    const update = { ...operation, id: 'n/a', state, oldInputs: inputs, inputs };
    await resource('ConfigMap', answers, { force: true }).resource.update(update);
    const metadata = { name: 'a', namespace: 'n', annotations: { 'pulumi.com/patchForce': 'true' } };
    await resource('ConfigMap', answers).resource.update({ ...update, inputs: { ...inputs, metadata } });
  });

  it('is the same in the default namespace, whether that is written or not', async () => {
    const { resource: handler } = resource('ConfigMap', {});
    const bare = { ...inputs, metadata: { name: 'a' } };
    const written = { ...inputs, metadata: { name: 'a', namespace: 'default' } };
    const { changes } = await handler.diff({ id: 'default/a', state: {}, oldInputs: bare, inputs: written });
    expect(changes.size).toBe(0);
  });

  it('goes before its successor when that has its name', async () => {
    const { resource: handler } = resource('ConfigMap', {}, { mutableConfigMaps: false });
    const diff = async (changed: PropertyMap): Promise<unknown> =>
      (await handler.diff({ id: 'n/a', state: {}, oldInputs: inputs, inputs: { ...inputs, ...changed } }))
        .deleteBeforeReplace;
    expect(await diff({ data: { k: 'w' } })).toBe(true);
    expect(await diff({ metadata: { name: 'b', namespace: 'n' } })).toBe(false);
  });

  it('is imported as it is, without what only the API server writes', async () => {
    const { resource: handler } = resource('ConfigMap', { [`GET ${collection}/a`]: [{ ...live, status: {} }] });
    expect((await handler.read({ id: 'n/a', state: {}, inputs: {} }))?.inputs).toEqual(inputs);
  });

  it('is gone when the API server does not have it', async () => {
    const { resource: handler } = resource('ConfigMap', { [`GET ${collection}/a`]: [refusal(404, 'NotFound')] });
    expect(await handler.read({ id: 'n/a', state, inputs })).toBeUndefined();
  });

  it('goes into the state with its values marked when it is a Secret', async () => {
    const path = '/api/v1/namespaces/n/secrets';
    const made = { ...live, kind: 'Secret', data: { token: 'value' } };
    const declared = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'n' },
      stringData: { token: 'value' },
    };
    const request = `POST ${path}?fieldManager=MANAGER&fieldValidation=Strict`;
    const { resource: handler } = resource('Secret', { [request]: [made], [`GET ${path}/a`]: [made] });
    const { state: kept } = await handler.create({ ...operation, inputs: declared });
    expect(kept).toMatchObject({
      data: secret({ token: 'value' }),
      __inputs: { stringData: secret({ token: 'value' }) },
    });
    expect((await handler.check(declared)).inputs).toMatchObject({ stringData: secret({ token: 'value' }) });
  });

  it('is deleted with what it owns, and waited for until it is gone or another one', async () => {
    const another = { ...live, metadata: { ...live.metadata, uid: 'u2' } };
    const { resource: handler, cluster } = resource('ConfigMap', {
      [`DELETE ${collection}/a`]: [{}],
      [`GET ${collection}/a`]: [live, another],
    });
    await handler.delete({ ...operation, id: 'n/a', state });
    expect(cluster.requests[0]?.[1]).toMatchObject({ propagationPolicy: 'Foreground' });
    expect(cluster.requests).toHaveLength(3);
  });

  it('is deleted as its annotation says, and fine where it is gone', async () => {
    const metadata = { name: 'a', namespace: 'n', annotations: { 'pulumi.com/deletionPropagationPolicy': 'orphan' } };
    const gone = { [`DELETE ${collection}/a`]: [refusal(404, 'NotFound')] };
    const { resource: handler, cluster } = resource('ConfigMap', gone);
    await handler.delete({ ...operation, id: 'n/a', state: { ...state, __inputs: { ...inputs, metadata } } });
    expect(cluster.requests[0]?.[1]).toMatchObject({ propagationPolicy: 'Orphan' });
  });

  it('fails to be deleted with the finalizers that it waits for', async () => {
    const held = { ...live, metadata: { ...live.metadata, finalizers: ['example.io/keep'] } };
    const answers = { [`DELETE ${collection}/a`]: [{}], [`GET ${collection}/a`]: [held] };
    const deleting = resource('ConfigMap', answers).resource.delete({ ...operation, timeout: 0.1, id: 'n/a', state });
    await expect(deleting).rejects.toThrow(
      'ConfigMap n/a was not deleted, not after 0.1 s: it is still there, and waits for its finalizers: example.io/keep',
    );
  });

  it('fails on what does not fit its type, and without a name', async () => {
    const { failures } = await resource('ConfigMap', {}).resource.check({
      apiVersion: 'v2',
      kind: 'ConfigMap',
      metadata: {},
    });
    expect(failures).toEqual([
      { property: 'apiVersion', reason: 'must be v1, as the type of the resource says, got "v2"' },
      { property: 'metadata.name', reason: 'is missing; the stand-in makes up no names, give one' },
    ]);
  });

  it('fails to be created where it exists, and leaves it alone', async () => {
    const { resource: handler, cluster } = resource('ConfigMap', { [create]: [refusal(409, 'AlreadyExists')] });
    await expect(handler.create({ ...operation, inputs })).rejects.toThrow(
      'take it over with the resource option import',
    );
    expect(cluster.requests).toHaveLength(1);
  });

  it('fails in a preview on what the API server would refuse', async () => {
    const { resource: handler } = resource('ConfigMap', { [dryRun]: [refusal(422, 'Invalid')] });
    await expect(handler.create({ ...operation, preview: true, inputs })).rejects.toThrow('Invalid');
  });
});
