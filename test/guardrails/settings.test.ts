import { parseSettings } from '../../lib/guardrails/settings';

describe('parseSettings', () => {
  it('reads what is allowed, and nothing as nothing', () => {
    const given = { secretsMadeElsewhere: ['shop/registry'], skip: ['secret-not-made'] };
    expect(parseSettings('cdk8s.yaml', given)).toEqual(given);
    expect(parseSettings('cdk8s.yaml', undefined)).toEqual({ secretsMadeElsewhere: [], skip: [] });
  });

  it('fails with every mistake at once', () => {
    const given = { secretsMadeElsewhere: ['registry', 5], skip: 'secret-not-made', Skip: [] };
    const wrong = 'the list has an element that is not usable';
    const place = 'allowed: Secrets as "namespace/name", fix: correct or remove it';
    expect(() => parseSettings('cdk8s.yaml', given)).toThrow(
      [
        'cdk8s.yaml has 4 problems',
        '  Skip: the setting is not known, got "Skip", allowed: secretsMadeElsewhere, skip, fix: correct or remove it',
        `  secretsMadeElsewhere: ${wrong}, got "registry", ${place}`,
        `  secretsMadeElsewhere: ${wrong}, got 5, ${place}`,
        '  skip: it is not a list, got "secret-not-made", allowed: ',
      ].join('\n'),
    );
    expect(() => parseSettings('cdk8s.yaml', { skip: ['secret-made'] })).toThrow(
      /skip: the list has an element that is not usable, got "secret-made", allowed: secret-not-made, /,
    );
  });
});
