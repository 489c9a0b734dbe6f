import { externalKeys, makesSecret, sealedKeys, secretKeys } from '../../lib/kubernetes/made-secret';

it('knows the keys of a Secret, but not those that the controller of service accounts fills in', () => {
  expect(secretKeys({ data: { A: '' }, stringData: { A: '', B: '' } })).toEqual(['A', 'B']);
  expect(secretKeys({ type: 'kubernetes.io/service-account-token' })).toBeUndefined();
});

it('knows the keys of a SealedSecret, sealed and templated', () => {
  expect(sealedKeys({ spec: { encryptedData: { A: '' }, template: { data: { B: '' } } } })).toEqual(['A', 'B']);
});

it.each([
  ['all of a template', { target: { template: { data: { A: '' } } }, data: [{ secretKey: 'B' }] }, ['A']],
  ['those fetched one by one', { data: [{ secretKey: 'B' }, { secretKey: 'B' }, {}] }, ['B']],
  [
    'both where the template merges',
    { target: { template: { mergePolicy: 'Merge', data: { A: '' } } }, data: [{ secretKey: 'B' }] },
    ['B', 'A'],
  ],
  ['not those of a whole path of Vault', { dataFrom: [{}] }, undefined],
  ['not those of templates elsewhere', { target: { template: { data: { A: '' }, templateFrom: [{}] } } }, undefined],
])('knows the keys of an ExternalSecret: %s', (_, spec, keys) => {
  expect(externalKeys(spec)).toEqual(keys);
});

it.each([
  [{}, true],
  [{ target: { creationPolicy: 'Orphan' } }, true],
  [{ target: { creationPolicy: 'Merge' } }, false],
  [{ target: { creationPolicy: 'None' } }, false],
])('knows whether an ExternalSecret makes its Secret: %j', (spec, makes) => {
  expect(makesSecret(spec)).toBe(makes);
});

it.each([undefined, 'x', [1], { spec: { target: 1 } }])('takes %j for an object that says nothing', (value) => {
  expect([secretKeys(value), sealedKeys(value), externalKeys(value), makesSecret(value)]).toEqual([[], [], [], true]);
});
