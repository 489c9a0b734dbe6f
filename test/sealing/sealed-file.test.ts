import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { parse } from 'yaml';
import { scopeAnnotation } from '../../lib/sealing/scope';
import { printSealedFile, readSealedFile, type SealedEntry, type SealedFile } from '../../lib/sealing/sealed-file';

/** Bytes of the right layout; nobody looks inside here. */
const blob = (size = 5): string =>
  Buffer.concat([Buffer.from([1, 0]), randomBytes(256 + size + 16)]).toString('base64');

const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,30}$/);
const entry: fc.Arbitrary<SealedEntry> = fc
  .record({ certificate: word, fingerprint: word, keySlot: word, guardSlot: word }, { requiredKeys: [] })
  .map((bookkeeping) => ({ sealed: blob(), ...bookkeeping }));
const variable = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/),
  // Words that YAML 1.1, which Kubernetes reads, takes for something else than a text.
  fc.constantFrom('NO', 'Y', 'on', 'null', 'TRUE', '_1', 'e1'),
);
const files: fc.Arbitrary<SealedFile> = fc.record({
  name: fc.constantFrom('shop-server-secret', 'true', '1e3'),
  namespace: fc.constantFrom('shop', 'off'),
  scope: fc.constantFrom('strict', 'namespace-wide', 'cluster-wide'),
  entries: fc
    .uniqueArray(fc.tuple(variable, entry), { minLength: 1, maxLength: 5, selector: ([name]) => name })
    .map((entries) => new Map(entries)),
});

const strict: SealedFile = {
  name: 'shop-server-secret',
  namespace: 'shop',
  scope: 'strict',
  entries: new Map([['JWT_SECRET', { sealed: blob(), certificate: '00112233', fingerprint: 'abc' }]]),
};

describe('sealed files', () => {
  it('are read back as they were printed', () => {
    fc.assert(
      fc.property(files, (file) => {
        expect(readSealedFile(printSealedFile(file, 'a heading'), 'f.yaml')).toEqual({ file, problems: [] });
      }),
    );
  });

  it('mean the same to a reader of YAML 1.1, which Kubernetes is', () => {
    fc.assert(
      fc.property(files, (file) => {
        const text = printSealedFile(file, 'a heading');
        expect(parse(text, { version: '1.1' })).toEqual(parse(text));
      }),
    );
  });

  it('have one line a value, with its bookkeeping as a comment', () => {
    const sealed = strict.entries.get('JWT_SECRET')?.sealed ?? '';
    expect(printSealedFile(strict, 'a heading').replace(sealed, 'AgA...')).toMatchInlineSnapshot(`
     "# a heading

     apiVersion: bitnami.com/v1alpha1
     kind: SealedSecret
     metadata:
       name: shop-server-secret
       namespace: shop
     spec:
       encryptedData:
         JWT_SECRET: AgA... # cert:00112233 mac:abc
       template:
         metadata:
           name: shop-server-secret
           namespace: shop
         type: Opaque
     "
    `);
  });

  it('write the scope to the object and to its template', () => {
    const { metadata, spec } = parse(printSealedFile({ ...strict, scope: 'cluster-wide' }, '')) as {
      metadata: { annotations: unknown };
      spec: { template: { metadata: { annotations: unknown } } };
    };
    expect(metadata.annotations).toEqual({ [scopeAnnotation['cluster-wide']]: 'true' });
    expect(spec.template.metadata.annotations).toEqual(metadata.annotations);
  });

  it('forget a comment that is not theirs', () => {
    const text = printSealedFile(strict, '').replace(/# cert.*/, '# sealed by hand');
    expect(readSealedFile(text, 'f.yaml').file?.entries.get('JWT_SECRET')).toEqual({
      sealed: strict.entries.get('JWT_SECRET')?.sealed,
    });
  });
});

describe('a file that is not what seal writes', () => {
  const text = printSealedFile(strict, '');
  const problemsOf = (changed: string): string[] =>
    readSealedFile(changed, 'f.yaml').problems.map(({ what, got }) => `${what}: ${got}`);

  it.each([
    ['two documents', `${text}---\n${text}`, /^the file is not one YAML document/],
    ['a variable twice', text.replace(/( {4}JWT.*\n)/, '$1$1'), /^the file is not one YAML document/],
    ['another kind', text.replace('kind: SealedSecret', 'kind: Secret'), /^the file is not a SealedSecret/],
    ['a list', '- 1', /^the file is not a SealedSecret/],
    ['nothing', '', /^the file is not a SealedSecret/],
    [
      'a plain value in its template',
      text.replace('    type:', '    data:\n      EXTRA: plain\n    type:'),
      /^the file is not what seal writes: "spec\.template\.data"/,
    ],
    [
      'another Secret in its template',
      text.replace(/name: shop-server-secret\n {6}namespace/, 'name: other\n      namespace'),
      /^the file is not what seal writes: "spec\.template\.metadata\.name"/,
    ],
    [
      'a scope on the template only',
      text.replace(
        '      namespace: shop\n    type',
        `      namespace: shop\n      annotations:\n        ${scopeAnnotation['cluster-wide']}: "true"\n    type`,
      ),
      /^the scope does not match its annotations/,
    ],
    [
      'a scope on the object only',
      text.replace(
        '  namespace: shop\nspec',
        `  namespace: shop\n  annotations:\n    ${scopeAnnotation['namespace-wide']}: "true"\nspec`,
      ),
      /^the scope does not match its annotations/,
    ],
    [
      'a damaged value',
      text.replace(/JWT_SECRET: \S+/, 'JWT_SECRET: AgAA'),
      /^not a sealed value: 3 bytes are too few/,
    ],
  ])('fails on %s', (_, changed, message) => {
    expect(changed).not.toBe(text);
    expect(problemsOf(changed)).toEqual([expect.stringMatching(message)]);
  });

  it('fails on both scopes at once', () => {
    const both = Object.values(scopeAnnotation).map((annotation) => `    ${annotation}: "true"\n`);
    const changed = text.replace('  namespace: shop\nspec', `  namespace: shop\n  annotations:\n${both.join('')}spec`);
    const problems = problemsOf(changed);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems).toEqual(problems.map(() => expect.stringMatching(/^the scope does not match/) as unknown));
  });
});
