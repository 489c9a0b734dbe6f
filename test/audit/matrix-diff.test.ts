import fc from 'fast-check';
import { type AccessGrant, accessMatrix, type AccessMatrix } from '../../lib/audit/access-matrix';
import { diffMatrices, isUnchanged } from '../../lib/audit/matrix-diff';
import { matrixDiffMarkdown, matrixDiffTable } from '../../lib/audit/matrix-diff-report';
import { shopEnvironment } from '../support/environment';
import { anyCatalog, randomEnvironment } from '../support/random-catalogs';

const matrix = accessMatrix([shopEnvironment()]);

function edited(edit: (grant: AccessGrant, index: number) => AccessGrant[]): AccessMatrix {
  return { ...matrix, grants: matrix.grants.flatMap(edit) };
}

/** The grant of one workload changed, the others as they are. */
function withQueue(change: (grant: AccessGrant) => AccessGrant[]): AccessMatrix {
  return edited((grant) => (grant.workload === 'queue' ? change(grant) : [grant]));
}

describe('diffMatrices', () => {
  it('sees no difference between a matrix and itself', () => {
    const diff = diffMatrices(matrix, JSON.parse(JSON.stringify(matrix)) as AccessMatrix);
    expect([isUnchanged(diff), diff.grew]).toEqual([true, false]);
    expect(matrixDiffTable(diff)).toBe('no access changes');
    expect(matrixDiffMarkdown(diff)).toContain('This change grants and takes no access.');
  });

  it('names grants that are new or gone', () => {
    const without = withQueue(() => []);
    expect(diffMatrices(without, matrix)).toMatchObject({ added: [{ workload: 'queue' }], removed: [], grew: true });
    expect(diffMatrices(matrix, without)).toMatchObject({ added: [], removed: [{ workload: 'queue' }], grew: false });
  });

  it('calls another field growth, and another name of a variable none', () => {
    const more = withQueue((grant) => [
      { ...grant, fields: ['password', 'user'], variables: [...grant.variables, { name: 'USER', fields: ['user'] }] },
    ]);
    expect(diffMatrices(matrix, more)).toMatchObject({ changed: [{ addedFields: ['user'] }], grew: true });
    expect(diffMatrices(more, matrix)).toMatchObject({ changed: [{ removedFields: ['user'] }], grew: false });
    const renamed = withQueue((grant) => [{ ...grant, variables: [{ name: 'DB_PASS', fields: ['password'] }] }]);
    expect(diffMatrices(matrix, renamed)).toMatchObject({
      changed: [{ addedVariables: ['DB_PASS (password)'], removedVariables: ['DB_PASSWORD (password)'] }],
      grew: false,
    });
  });

  it('calls another identity growth: somebody else reads', () => {
    const moved = withQueue((grant) => [
      { ...grant, identity: { ...grant.identity, namespace: 'elsewhere' } as AccessGrant['identity'] },
    ]);
    expect(diffMatrices(matrix, moved)).toMatchObject({
      changed: [{ workload: 'queue', identity: { after: { namespace: 'elsewhere' } } }],
      grew: true,
    });
  });

  it('tells files apart that hold the same secret for the same workload', () => {
    const inFile = (file: string): AccessMatrix =>
      withQueue((grant) => [{ ...grant, identity: { type: 'dotenv', file } }]);
    const diff = diffMatrices(inFile('a/.env'), inFile('b/.env'));
    expect([diff.added.length, diff.removed.length, diff.changed.length, diff.grew]).toEqual([1, 1, 0, true]);
  });

  it('grows one way or the other where anything but names of variables differs', () => {
    let run = 0;
    fc.assert(
      fc.property(anyCatalog, anyCatalog, (one, other) => {
        const name = `c${run++}`;
        const of = (make: typeof one): AccessMatrix => {
          const { catalog, mount } = make(name);
          return accessMatrix([randomEnvironment(catalog, mount)]);
        };
        const [a, b] = [of(one), of(other)];
        const reads = ({ grants }: AccessMatrix): string[] =>
          grants.flatMap(({ workload, secret, fields, identity }) =>
            fields.map((field) => JSON.stringify([workload, secret, field, identity])),
          );
        const isSubset = (left: AccessMatrix, right: AccessMatrix): boolean =>
          reads(left).every((read) => reads(right).includes(read));
        expect(diffMatrices(a, b).grew).toBe(!isSubset(b, a));
        expect(diffMatrices(b, a).grew).toBe(!isSubset(a, b));
      }),
    );
  });
});

describe('the report of a difference', () => {
  const diff = diffMatrices(
    withQueue(() => []),
    edited((grant) => {
      if (grant.secret === 'shop/web') {
        return [];
      }
      const more = {
        fields: ['password', 'user', 'token'],
        variables: [...grant.variables, { name: 'T', fields: ['token'] }],
      };
      return [grant.workload === 'backup' ? { ...grant, ...more } : grant];
    }),
  );

  it('is a table on a terminal', () => {
    expect(matrixDiffTable(diff)).toMatchInlineSnapshot(`
     "CHANGE   ENVIRONMENT  WORKLOAD  SECRET    WHAT
     added    test         queue     shop/db   variables DB_PASSWORD; read as shop/queue, role shop-queue, path secret/data/shop/db
     removed  test         shop-web  shop/web  variables SESSION_KEY; read as shop/shop-web, role shop-web, path secret/data/shop/web
     changed  test         backup    shop/db   gets fields token; new variables T (token)

     Access grows: 1 added, 1 removed, 1 changed"
    `);
  });

  it('is Markdown in a pull request', () => {
    expect(matrixDiffMarkdown(diff)).toMatchInlineSnapshot(`
     "### Access to secrets

     **Access grows: 1 added, 1 removed, 1 changed**

     | | Environment | Workload | Secret | What |
     | --- | --- | --- | --- | --- |
     | ➕ added | \`test\` | \`queue\` | \`shop/db\` | variables \`DB_PASSWORD\`<br>read as \`shop/queue, role shop-queue, path secret/data/shop/db\` |
     | ➖ removed | \`test\` | \`shop-web\` | \`shop/web\` | variables \`SESSION_KEY\`<br>read as \`shop/shop-web, role shop-web, path secret/data/shop/web\` |
     | ✏️ changed | \`test\` | \`backup\` | \`shop/db\` | gets fields \`token\`<br>new variables \`T (token)\` |
     "
    `);
  });

  it('lets no name of a pull request out of its cell', () => {
    const file = '`|\n| @everybody <img src=x> [a](https://example.com) ![b](c)';
    const [grant] = matrix.grants;
    const evil = { ...matrix, grants: grant ? [{ ...grant, identity: { type: 'dotenv', file } as const }] : [] };
    const lines = matrixDiffMarkdown(diffMatrices({ ...matrix, grants: [] }, evil)).split('\n');
    const row = lines.find((line) => line.startsWith('| ➕')) ?? '';
    // Only code is between the bars, so nothing in it is Markdown.
    expect(row.split('|').length).toBe(7);
    expect((row.match(/`/g) ?? []).length % 2).toBe(0);
    expect(row.replace(/`[^`]*`/g, 'CODE')).toBe('| ➕ added | CODE | CODE | CODE | variables CODE<br>read as CODE |');
  });
});
