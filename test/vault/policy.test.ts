import { parse } from '@cdktf/hcl2json';
import * as fc from 'fast-check';
import { type Capability, type PolicyRule, policyRules, renderPolicy } from '../../lib/vault/policy';

const capability: fc.Arbitrary<Capability> = fc.constantFrom(
  'create',
  'read',
  'update',
  'patch',
  'delete',
  'list',
  'sudo',
);
const capabilities = fc.oneof(fc.uniqueArray(capability, { minLength: 1 }), fc.constant<Capability[]>(['deny']));
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,12}$/), { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join('/'));
const rules = fc.uniqueArray(fc.record({ path, capabilities }), {
  minLength: 1,
  maxLength: 8,
  selector: (rule) => rule.path,
});

/** What Vault would read from the text: path to capabilities. */
async function readBack(text: string): Promise<Record<string, string[]>> {
  const parsed = (await parse('policy.hcl', text)) as { path: Record<string, { capabilities: string[] }[]> };
  return Object.fromEntries(
    Object.entries(parsed.path).map(([name, blocks]) => [name, blocks.flatMap((block) => block.capabilities)]),
  );
}

describe('renderPolicy', () => {
  it('prints what Vault takes', () => {
    const text = renderPolicy('nivesh-grafana', [
      { path: 'auth/token/revoke-self', capabilities: ['update'] },
      { path: 'secret/data/nivesh/grafana', capabilities: ['update', 'read'] },
    ]);
    expect(text).toMatchInlineSnapshot(`
     "path "auth/token/revoke-self" {
       capabilities = ["update"]
     }

     path "secret/data/nivesh/grafana" {
       capabilities = ["read", "update"]
     }
     "
    `);
  });

  it('is read back as exactly the rules, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(rules, async (given) => {
        const read = await readBack(renderPolicy('p', given));
        const expected = policyRules('p', given).map((rule) => [rule.path, rule.capabilities]);
        expect(read).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same text for the same rights, in whatever order and however often they are named', () => {
    const shuffled = rules.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc
          .shuffledSubarray([...given, ...given], { minLength: given.length * 2 })
          .map((twice) => twice.map((rule) => ({ ...rule, capabilities: [...rule.capabilities].reverse() }))),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(renderPolicy('p', other)).toBe(renderPolicy('p', given));
      }),
    );
  });

  it('grants nothing that was not named, and everything that was', () => {
    const granted = (list: readonly PolicyRule[]): string[] =>
      list.flatMap((rule) => rule.capabilities.map((name) => `${name} ${rule.path}`)).sort();
    fc.assert(
      fc.property(
        fc.array(fc.record({ path, capabilities: fc.constant<Capability[]>(['read']) }), { minLength: 1 }),
        (given) => {
          expect(granted(policyRules('p', given))).toEqual([...new Set(granted(given))].sort());
        },
      ),
    );
  });

  it.each([
    'secret/*',
    'secret/+/nivesh',
    '/secret',
    'secret//data',
    'secret/',
    '',
    'a"b',
    'a\nb',
    '${x}',
    '../secret',
  ])('fails for the path %j, which is not exact', (bad) => {
    expect(() => renderPolicy('p', [{ path: bad, capabilities: ['read'] }])).toThrow(/not an exact path of the API/);
  });

  it('fails with every problem at once', () => {
    const bad: PolicyRule[] = [
      { path: 'secret/*', capabilities: ['read'] },
      { path: 'sys/mounts', capabilities: [] },
      { path: 'sys/seal', capabilities: ['deny', 'read'] },
    ];
    expect(() => renderPolicy('wide', bad)).toThrow(
      [
        'policy "wide" has 3 problems',
        '  policies.wide: not an exact path of the API, got "secret/*", allowed: segments of letters, digits, "-", "_" and "." joined by "/", without "*" or "+", fix: name every path that is needed',
        '  policies.wide.sys/mounts: the capabilities contradict each other or are missing, got none, allowed: one or more of create, read, update, patch, delete, list, sudo; or deny alone, fix: name what the holder does there',
        '  policies.wide.sys/seal: the capabilities contradict each other or are missing, got deny, read, allowed: one or more of create, read, update, patch, delete, list, sudo; or deny alone, fix: name what the holder does there',
      ].join('\n'),
    );
  });

  it('fails without a rule', () => {
    expect(() => renderPolicy('empty', [])).toThrow(/the policy grants nothing/);
  });
});
