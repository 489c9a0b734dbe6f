import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type CrdSchema, type CustomResourceDefinition, pruneCrd, readDefinitions } from '../../tools/crd';

function definition(kind: string, schema: CrdSchema): CustomResourceDefinition {
  const old = { name: 'v1beta1', storage: false, schema: { openAPIV3Schema: { type: 'object' } } };
  const current = { name: 'v1', storage: true, schema: { openAPIV3Schema: schema } };
  return {
    kind: 'CustomResourceDefinition',
    spec: { group: 'example.com', names: { kind, plural: 'things' }, versions: [old, current] },
  } as CustomResourceDefinition;
}

const thing = definition('Thing', {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['a', 'b'],
      properties: {
        a: { type: 'string', description: 'text', default: 'x' },
        b: { type: 'string' },
        list: {
          type: 'array',
          items: {
            type: 'object',
            properties: { c: { type: 'string' }, description: { type: 'string', description: 'text' } },
          },
        },
      },
    },
    status: { type: 'object' },
  },
});

describe('pruneCrd', () => {
  it('keeps the storage version and what is named, without descriptions', () => {
    const { versions } = pruneCrd(thing, { spec: { a: true, list: { description: true } } }).spec;
    expect(versions).toHaveLength(1);
    expect(versions[0]).toEqual({
      name: 'v1',
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              required: ['a'],
              properties: {
                a: { type: 'string', default: 'x' },
                list: { type: 'array', items: { type: 'object', properties: { description: { type: 'string' } } } },
              },
            },
          },
        },
      },
    });
  });

  it('fails for a property that the definition does not have any more', () => {
    expect(() => pruneCrd(thing, { spec: { list: { gone: true } } })).toThrow(
      'Thing.spec.list has no property gone in the pinned definition; correct the list in tools/imports.ts',
    );
  });
});

describe('readDefinitions', () => {
  it('reads the definitions of some kinds from a file of many documents', () => {
    const folder = mkdtempSync(join(tmpdir(), 'crd-'));
    const file = join(folder, 'bundle.yaml');
    const kinds = ['Thing', 'Other', 'ThingList'];
    writeFileSync(file, kinds.map((kind) => stringify(definition(kind, { type: 'object' }))).join('---\n'));
    const read = readDefinitions(file, ['Thing', 'Other']);
    rmSync(folder, { recursive: true });
    expect(read.map(({ spec }) => spec.names.kind)).toEqual(['Thing', 'Other']);
  });
});
