import fc from 'fast-check';
import { celComputed, celLiteral } from '../../lib/kubernetes/cel';

describe('celLiteral', () => {
  it('writes JSON so that maps may hold values of several types', () => {
    expect(celLiteral({ a: 'x', b: [{ c: 1 }, true, null] })).toBe(
      '{"a": dyn("x"), "b": dyn([{"c": dyn(1)}, true, null])}',
    );
  });

  it('writes computed texts as their expressions', () => {
    expect(celLiteral({ role: celComputed('variables.fact[0]') })).toBe('{"role": dyn(variables.fact[0])}');
  });

  it('lets no text out of its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.startsWith('\u0000'));
        const literal = celLiteral(text);
        expect(literal).toMatch(/^"([^"\\\n]|\\.)*"$/su);
        expect(JSON.parse(literal)).toBe(text);
      }),
    );
  });
});
