import fc from 'fast-check';
import { keyRewrite, pathAliases, templateKey } from '../../lib/kubernetes/template-keys';

const segment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,6}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
/** Segments that become alike once what is no letter or digit is left out. */
const similar = fc.constantFrom('a', 'a-', 'a_', 'a-b', 'a_b', 'a--b', 'a-b_2', 'b', '1', 'k1', 'a_2', 'A');
const similarPath = fc.array(similar, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
const paths = fc.oneof(fc.uniqueArray(path, { maxLength: 20 }), fc.uniqueArray(similarPath, { maxLength: 20 }));
const fieldName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/);

function aliases(...list: string[]): Record<string, string> {
  return Object.fromEntries(pathAliases(list));
}

describe('pathAliases', () => {
  it('is the last segment of a path', () => {
    expect(aliases('nivesh/backend', 'nivesh/ml-api', 'top')).toEqual({
      'nivesh/backend': 'backend',
      'nivesh/ml-api': 'ml_api',
      top: 'top',
    });
  });

  it('is a Go identifier without two underscores in a row', () => {
    expect(aliases('a/1st', 'a/x--_y-', 'a/___')).toEqual({ 'a/1st': 'k1st', 'a/x--_y-': 'x_y', 'a/___': 'k' });
  });

  it('names paths in full whose last segments are alike, and numbers what is still alike', () => {
    expect(aliases('one/db', 'two/db', 'two/x')).toEqual({ 'one/db': 'one_db', 'two/db': 'two_db', 'two/x': 'x' });
    expect(aliases('a/b-c', 'a/b_c')).toEqual({ 'a/b-c': 'a_b_c', 'a/b_c': 'a_b_c_2' });
    expect(aliases('p/b', 'q/b', 'z/p_b')).toEqual({ 'p/b': 'p_b', 'q/b': 'q_b', 'z/p_b': 'p_b_2' });
  });

  it('gives every field of every path its own key, an identifier that the template can name', () => {
    fc.assert(
      fc.property(paths, fc.uniqueArray(fieldName, { minLength: 1, maxLength: 5 }), (list, fields) => {
        const keys = [...pathAliases(list).values()].flatMap((alias) => fields.map((name) => templateKey(alias, name)));
        expect(new Set(keys).size).toBe(list.length * fields.length);
        expect(keys.filter((key) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(key))).toEqual([]);
      }),
    );
  });

  it('does not depend on the order of the paths, nor on repetition', () => {
    fc.assert(
      fc.property(paths, (list) => {
        expect(aliases(...list, ...list.slice().reverse())).toEqual(aliases(...list));
      }),
    );
  });
});

describe('keyRewrite', () => {
  it('makes the key that the template names', () => {
    fc.assert(
      fc.property(paths, fieldName, (list, name) => {
        for (const alias of pathAliases(list).values()) {
          const { source, target } = keyRewrite(alias);
          expect(name.replace(new RegExp(source), target)).toBe(templateKey(alias, name));
        }
      }),
    );
  });
});
