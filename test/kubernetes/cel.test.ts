import fc from 'fast-check';
import { celComputed, celLiteral } from '../../lib/kubernetes/cel';

describe('celLiteral', () => {
  it('writes JSON so that maps may hold values of several types', () => {
    expect(celLiteral({ a: 'x', b: [{ c: 1 }, true, null] })).toBe(
      '{"a": dyn("x"), "b": dyn([{"c": dyn(1)}, true, null])}',
    );
  });

  it('writes what is computed as its expression, alone or inside a text', () => {
    const name = celComputed('variables.name');
    expect(celLiteral({ role: name })).toBe('{"role": dyn(variables.name)}');
    expect(celLiteral(`vault-${name}-${name}`)).toBe('"vault-" + variables.name + "-" + variables.name');
    expect(celLiteral('')).toBe('""');
  });

  it('lets no text out of its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('\u0000'));
        const literal = celLiteral(text);
        expect(literal).toMatch(/^"([^"\\\n]|\\.)*"$/su);
        expect(JSON.parse(literal)).toBe(text);
      }),
    );
  });
});
