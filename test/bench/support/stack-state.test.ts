import { flatState, isDeclared, nameOf, resourcesOf, stateOfTeams, type StateFile } from './stack-state';

const prefix = 'urn:pulumi:test::shop';
const stack = { urn: `${prefix}::pulumi:pulumi:Stack::shop-test`, type: 'pulumi:pulumi:Stack', custom: false };
const all = {
  urn: `${prefix}::nivesh:kubernetes:Manifests::manifests`,
  type: 'nivesh:kubernetes:Manifests',
  custom: false,
  parent: stack.urn,
  outputs: { objects: ['Secret/team-0/a', 'Namespace/shared'] },
};
const one = {
  urn: `${prefix}::nivesh:kubernetes:Manifests$kubernetes:core/v1:Secret::Secret/team-0/a`,
  type: 'kubernetes:core/v1:Secret',
  custom: true,
  inputs: { key: '{{ .team_0__a }}' },
  parent: all.urn,
  dependencies: [all.urn],
};
const state: StateFile = { version: 3, checkpoint: { latest: { resources: [stack, all, one] } } };

describe('stateOfTeams', () => {
  const resources = resourcesOf(stateOfTeams(state, 'team-0', ['team-0', 'team-1']));

  it('has what bears the name of the one team once for each team, and the rest once', () => {
    expect(resources.map(nameOf)).toEqual(['shop-test', 'manifests', 'Secret/team-0/a', 'Secret/team-1/a']);
    expect(resources[3]?.inputs).toEqual({ key: '{{ .team_1__a }}' });
  });

  it('names every team in the lists of the rest', () => {
    expect(resources[1]).toMatchObject({
      outputs: { objects: ['Secret/team-0/a', 'Secret/team-1/a', 'Namespace/shared'] },
    });
  });
});

describe('flatState', () => {
  it('puts every declared resource below the stack, with nothing to wait for', () => {
    const resources = resourcesOf(flatState(state));
    expect(resources.filter(isDeclared).map(({ urn, parent, dependencies }) => [urn, parent, dependencies])).toEqual([
      [all.urn, stack.urn, []],
      [`${prefix}::kubernetes:core/v1:Secret::Secret/team-0/a`, stack.urn, []],
    ]);
    expect(resources[0]).toEqual(stack);
  });
});
