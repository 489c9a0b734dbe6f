import { encryptionLabel, isWider, scopeAnnotations, scopeOf } from '../../lib/sealing/scope';

const place = { namespace: 'shop', name: 'shop-server-secret' };
const scopes = ['strict', 'namespace-wide', 'cluster-wide'] as const;

describe('scopes', () => {
  it('bind a value to a Secret, to a namespace, or to nothing', () => {
    expect(scopes.map((scope) => encryptionLabel(scope, place))).toEqual(['shop/shop-server-secret', 'shop', '']);
  });

  it.each(scopes)('%s is read back from its annotations', (scope) => {
    expect(scopeOf(scopeAnnotations(scope))).toBe(scope);
  });

  it('are read as the controller reads them: the wider annotation wins, and only "true" counts', () => {
    expect(scopeOf({ ...scopeAnnotations('namespace-wide'), ...scopeAnnotations('cluster-wide') })).toBe(
      'cluster-wide',
    );
    expect(scopeOf({ 'sealedsecrets.bitnami.com/cluster-wide': 'yes' })).toBe('strict');
    expect(scopeOf()).toBe('strict');
  });

  it('are ordered by how many places can open a value', () => {
    const wider = scopes.map((scope) => scopes.filter((than) => isWider(scope, than)));
    expect(wider).toEqual([[], ['strict'], ['strict', 'namespace-wide']]);
  });
});
