import fc from 'fast-check';
import type { FieldReference } from '../../lib/catalog';
import {
  DerivedValue,
  host,
  joined,
  password,
  percentEncode,
  postgresUrl,
  renderParts,
  url,
  username,
  type ValuePart,
  vaultSecret,
} from '../../lib/catalog';
import { goLiteral, goTemplate } from '../../lib/kubernetes/go-template';
import { renderGoTemplates } from '../support/go-template';

const pg = vaultSecret('app/pg', { user: username('app'), password: password(40) });
const keyOf = ({ fieldName }: FieldReference): string => `pg__${fieldName}`;

describe('goTemplate', () => {
  it('names a field so that a missing one is an error', () => {
    expect(goTemplate(pg.password, {}, keyOf)).toBe('{{ .pg__password }}');
    const data = { pg__user: 'u' };
    const [missing, silent] = renderGoTemplates([
      { template: goTemplate(pg.password, {}, keyOf), data },
      // What must not be written: it gives an empty variable.
      { template: '{{ index . "pg__password" }}', data },
    ]);
    expect(missing?.error).toMatch(/map has no entry for key "pg__password"/);
    expect(silent).toEqual({ text: '' });
  });

  it('encodes the parts of a URL', () => {
    const value = postgresUrl({ user: pg.user, password: pg.password, host: 'pg', database: 'app' });
    const template = goTemplate(value, { pg: 'localhost:15432' }, keyOf);
    expect(template).toMatchInlineSnapshot(
      `"postgresql://{{ .pg__user | urlquery | replace "+" "%20" }}:{{ .pg__password | urlquery | replace "+" "%20" }}@localhost:15432/app"`,
    );
    const [answer] = renderGoTemplates([{ template, data: { pg__user: 'a b+c', pg__password: "pass@/:%!'()*~" } }]);
    expect(answer).toEqual({ text: `postgresql://a%20b%2Bc:${percentEncode("pass@/:%!'()*~")}@localhost:15432/app` });
  });

  it('joins fields as they are', () => {
    expect(goTemplate(joined([pg.user, pg.password], '{'), {}, keyOf)).toBe(
      '{{ .pg__user }}{{ "{" }}{{ .pg__password }}',
    );
  });

  it('renders in Go as the same value renders here, whatever its text, its hosts and its fields are', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: fc.constantFrom('{', '}', '-', ' ', '"', '%', '.', '`', '\n', 'a'), maxLength: 8 }),
    );
    const field: fc.Arbitrary<ValuePart> = fc.record({
      type: fc.constant('field'),
      reference: fc.constantFrom(pg.user, pg.password),
      encoding: fc.constantFrom('none', 'url'),
    });
    const literal: fc.Arbitrary<ValuePart> = fc.record({ type: fc.constant('literal'), text });
    const server: fc.Arbitrary<ValuePart> = fc.record({
      type: fc.constant('host'),
      name: fc.constantFrom('pg', '{{mq'),
      port: fc.nat(65_535),
    });
    const sample = fc.record({
      value: fc.array(fc.oneof(field, literal, server), { maxLength: 8 }).map((parts) => new DerivedValue(parts)),
      hosts: fc.record({ pg: fc.constantFrom('localhost', 'a{', '{b:80') }, { requiredKeys: [] }),
      data: fc.record({ pg__user: text, pg__password: text }),
    });

    const seed = Date.now();
    const samples = fc.sample(sample, { seed, numRuns: 2000 });
    const questions = samples.map(({ value, hosts, data }) => ({ template: goTemplate(value, hosts, keyOf), data }));
    const expected = samples.map(({ value, hosts, data }) => {
      const stored = (reference: FieldReference): string => data[keyOf(reference) as keyof typeof data];
      return renderParts(value.parts, hosts, {
        literal: (part) => part,
        field: ({ reference, encoding }) => (encoding === 'url' ? percentEncode(stored(reference)) : stored(reference)),
      });
    });
    const wrong = renderGoTemplates(questions).flatMap((answer, index) =>
      answer.error === undefined && answer.text === expected[index]
        ? []
        : [{ seed, question: questions[index], answer, expected: expected[index] }],
    );
    expect(wrong).toEqual([]);
  });
});

describe('goLiteral', () => {
  it('leaves text without braces as it is', () => {
    expect(goLiteral('postgresql://}}')).toBe('postgresql://}}');
  });

  it('hides braces from the engine, also where a literal meets an action', () => {
    const value = url`{${pg.user}{{${host('pg', 1)}`;
    const template = goTemplate(value, {}, keyOf);
    expect(renderGoTemplates([{ template, data: { pg__user: 'u' } }])).toEqual([{ text: '{u{{pg:1' }]);
  });
});
