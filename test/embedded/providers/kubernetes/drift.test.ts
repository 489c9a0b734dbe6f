import fc from 'fast-check';
import { driftedInputs } from '../../../../lib/embedded/providers/kubernetes/drift';
import type { FieldSet } from '../../../../lib/embedded/providers/kubernetes/managed-fields';
import type { PropertyMap } from '../../../../lib/embedded/providers/values';

const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };

/** Drift of `spec`, whose fields are owned as given. */
function specDrift(spec: PropertyMap, before: PropertyMap, live: PropertyMap, fields: FieldSet = {}): unknown {
  const { spec: found } = driftedInputs({ ...kind, spec }, { spec: before }, { spec: live }, { 'f:spec': fields });
  return found;
}

describe('drift', () => {
  it('is none where the object is as it was, whatever the API server made of the arguments', () => {
    const object = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string())), { noNullPrototype: true });
    fc.assert(
      fc.property(object, object, (inputs, live) => {
        expect(driftedInputs({ ...inputs, ...kind }, live, live, {})).toEqual({ ...inputs, ...kind });
      }),
    );
  });

  it('keeps a key that is named as the prototype or as a method of objects', () => {
    const spec = { ['__proto__']: ['a'], constructor: 'b' };
    expect(Object.entries(specDrift(spec, spec, spec) as object)).toEqual(Object.entries(spec));
    expect(specDrift({ constructor: 'b' }, { constructor: 'b' }, {})).toEqual({});
  });

  it('keeps the form of what did not change beside what did', () => {
    const spec = { cpu: '1000m', role: 'mine' };
    expect(specDrift(spec, { cpu: '1', role: 'mine' }, { cpu: '1', role: 'theirs' })).toEqual({
      cpu: '1000m',
      role: 'theirs',
    });
  });

  it('shows what was removed', () => {
    expect(specDrift({ a: 1, b: { c: 1 } }, { a: 1, b: { c: 1 } }, { b: {} })).toEqual({ b: {} });
  });

  it('shows entries that were added to a list of one owner, without the defaults of its entries', () => {
    const fields = { 'f:rules': {} };
    const spec = { rules: [{ port: 443 }] };
    const before = { rules: [{ port: 443, protocol: 'TCP' }] };
    const live = {
      rules: [
        { port: 443, protocol: 'TCP' },
        { port: 22, protocol: 'TCP' },
      ],
    };
    expect(specDrift(spec, before, live, fields)).toEqual({ rules: [{ port: 443 }, { port: 22, protocol: 'TCP' }] });
  });

  it('leaves alone entries of other owners in a list with keys', () => {
    const fields = { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} }, 'k:{"name":"proxy"}': {} } };
    const spec = { containers: [{ name: 'app', image: 'a:1' }] };
    const live = {
      containers: [
        { name: 'proxy', image: 'p' },
        { name: 'app', image: 'a:1', extra: true },
      ],
    };
    expect(specDrift(spec, spec, live, fields)).toEqual(spec);
    const changed = { containers: [{ name: 'proxy' }, { name: 'app', image: 'a:2' }] };
    expect(specDrift(spec, spec, changed, fields)).toEqual({ containers: [{ name: 'app', image: 'a:2' }] });
    expect(specDrift(spec, spec, { containers: [{ name: 'proxy' }] }, fields)).toEqual({ containers: [] });
  });

  it('finds the entry of a list whose key has a default', () => {
    const fields = { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': {} } };
    const spec = { ports: [{ containerPort: 80 }] };
    const live = {
      ports: [
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 81, protocol: 'TCP' },
      ],
    };
    expect(specDrift(spec, { ports: [{ containerPort: 80, protocol: 'TCP' }] }, live, fields)).toEqual(spec);
  });

  it('leaves alone values of other owners in a set', () => {
    const fields = { 'f:finalizers': { 'v:"mine"': {}, 'v:"theirs"': {} } };
    expect(
      specDrift({ finalizers: ['mine'] }, { finalizers: ['mine'] }, { finalizers: ['mine', 'theirs'] }, fields),
    ).toEqual({
      finalizers: ['mine'],
    });
  });

  it('shows what was added to an object of one owner, and not to one of several', () => {
    const selector = { app: 'x' };
    const live = { selector: { app: 'x', more: 'y' } };
    expect(specDrift({ selector }, { selector }, live, { 'f:selector': {} })).toEqual(live);
    expect(specDrift({ selector }, { selector }, live, { 'f:selector': { 'f:app': {} } })).toEqual({ selector });
  });
});
