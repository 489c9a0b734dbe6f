import fc from 'fast-check';
import { correctionOf, nearestName } from '../../lib/catalog/nearest';

const names = ['nivesh/backend.jwt_secret', 'nivesh/backend.encryption_key', 'nivesh/postgres.password'];

describe('nearestName', () => {
  it.each([
    'nivesh/backend.jwt_secrt',
    'nivesh/backend.jwtsecret',
    'nivesh/backend.jwt_secret ',
    'nivesh.backend.jwt_secret',
  ])('finds what %j was meant to be', (given) => {
    expect(nearestName(given, names)).toBe('nivesh/backend.jwt_secret');
  });

  it('finds nothing for another name', () => {
    expect(nearestName('mongo', names)).toBeUndefined();
    expect(nearestName('', [])).toBeUndefined();
  });

  it('finds a name in which one letter was changed, left out or added', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(20), fc.constantFrom('', 'x', 'xy'), (name, place, put) => {
        const given = `${name.slice(0, place)}${put}${name.slice(place + 1)}`;
        expect(nearestName(given, names)).toBe(name);
      }),
    );
  });
});

test('the correction of a name is the one that was probably meant, or what else there is to do', () => {
  expect(correctionOf('stagin', ['local', 'staging'])).toBe('did you mean staging?');
  expect(correctionOf('elsewhere', ['local', 'staging'])).toBe('correct the name');
  expect(correctionOf('elsewhere', ['local', 'staging'], 'leave it out')).toBe('leave it out');
});
