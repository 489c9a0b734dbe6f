import { parseSettings } from '../../lib/guardrails/settings';

describe('parseSettings', () => {
  it('reads what is allowed, and nothing as nothing', () => {
    const given = { secretsMadeElsewhere: ['shop/registry'], skip: ['secret-not-made'] };
    expect(parseSettings('cdk8s.yaml', given)).toEqual(given);
    expect(parseSettings('cdk8s.yaml', undefined)).toEqual({ secretsMadeElsewhere: [], skip: [] });
  });

  it('fails with every mistake at once', () => {
    expect(() =>
      parseSettings('cdk8s.yaml', { secretsMadeElsewhere: ['registry', 5], skip: 'secret-not-made', Skip: [] }),
    ).toThrowErrorMatchingInlineSnapshot();
    expect(() => parseSettings('cdk8s.yaml', { skip: ['secret-made'] })).toThrow(
      /skip: the list has an element that is not usable, got "secret-made", allowed: secret-not-made, /,
    );
  });
});
