import fc from 'fast-check';
import { DeclarationError } from '../../lib/catalog';
import { parseTargets, targetName } from '../../lib/reencryption';

function problemsOf(yaml: string): string[] {
  try {
    parseTargets('reencryption.yaml', yaml);
  } catch (error) {
    if (error instanceof DeclarationError) {
      return error.problems.map(({ path, what, got }) => `${path}: ${what}, got ${got}`);
    }
    throw error;
  }
  return [];
}

describe('parseTargets', () => {
  it('reads tables and collections', () => {
    const targets = parseTargets(
      'reencryption.yaml',
      `
targets:
  - { store: postgresql, table: users, primaryKey: id, columns: [phone, pan] }
  - { store: postgresql, urlFrom: LEDGER_URL, schema: ledger, table: 'Odd "name"', primaryKey: [tenant, id], columns: [note] }
  - { store: mongodb, urlFrom: MONGODB_URI, database: nivesh_conversations, collection: messages, fields: [content, "meta.ip"] }
`,
    );
    expect(targets).toEqual([
      { store: 'postgresql', schema: 'public', table: 'users', primaryKey: ['id'], columns: ['phone', 'pan'] },
      {
        store: 'postgresql',
        urlFrom: 'LEDGER_URL',
        schema: 'ledger',
        table: 'Odd "name"',
        primaryKey: ['tenant', 'id'],
        columns: ['note'],
      },
      {
        store: 'mongodb',
        urlFrom: 'MONGODB_URI',
        database: 'nivesh_conversations',
        collection: 'messages',
        fields: ['content', 'meta.ip'],
      },
    ]);
    expect(targets.map(targetName)).toEqual([
      'postgresql public.users',
      'postgresql ledger.Odd "name"',
      'mongodb nivesh_conversations.messages',
    ]);
  });

  it('fails for every mistake of every target at once', () => {
    expect(
      problemsOf(`
dryRun: true
targets:
  - { store: postgresql, url: x, table: "", primaryKey: [], columns: phone }
  - { store: redis }
  - { store: postgresql, table: users, primaryKey: id, columns: [id, phone, phone] }
  - { store: postgresql, table: users, primaryKey: id, columns: [pan] }
  - { store: mongodb, database: a/b, collection: c$, fields: [x, x.y, _id, $z] }
  - { store: mongodb, urlFrom: MONGODB_URI, database: a, collection: c, fields: [x, x.y, _id], table: t }
`),
    ).toMatchInlineSnapshot(`
     [
       "dryRun: unknown option, got "dryRun"",
       "targets.0.table: not what belongs here, got """,
       "targets.0.primaryKey: not what belongs here, got a list of 0",
       "targets.0.columns: not what belongs here, got "phone"",
       "targets.0.url: unknown option, got "url"",
       "targets.1.store: not what belongs here, got "redis"",
       "targets.4.urlFrom: missing, got nothing",
       "targets.4.database: not what belongs here, got "a/b"",
       "targets.4.collection: not what belongs here, got "c$"",
       "targets.4.fields.3: not what belongs here, got "$z"",
       "targets.5.table: unknown option, got "table"",
       "targets.2.columns.0: the name is there already, as a column or in the primary key, got "id"",
       "targets.2.columns.2: the name is there already, as a column or in the primary key, got "phone"",
       "targets.3: the same target twice, got "postgresql public.users"",
     ]
    `);
  });

  it.each([
    ['nothing', '', 'the top: not what belongs here, got null'],
    ['a list', '- a', 'the top: not what belongs here, got a list of 1'],
    ['no target', 'targets: []', 'targets: not what belongs here, got a list of 0'],
    ['broken YAML', 'targets:\n  - [', 'line 2: not YAML, got bad indent'],
    ['targets that are no maps', 'targets: [1, null]', 'targets.0: not what belongs here, got number'],
  ])('fails for %s', (_, yaml, problem) => {
    expect(problemsOf(yaml)).toContain(problem);
  });

  it('fails for a URL in the file without showing it', () => {
    const password = 'in-a-url-where-it-does-not-belong';
    const url = `postgres://app:${password}@db/nivesh`;
    for (const yaml of [
      `targets: [{ store: postgresql, urlFrom: "${url}", table: t, primaryKey: id, columns: [c] }]`,
      `targets: [{ store: "${url}" }]`,
      `targets: [{ url: ${url}`,
      `${url}: [`,
    ]) {
      const problems = problemsOf(yaml);
      expect(problems).not.toEqual([]);
      expect(problems.join()).not.toContain(password);
    }
  });

  it('fails for any other text with a list of problems, never in another way', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `targets: [${json}]`),
        ),
        (yaml) => {
          return problemsOf(yaml).length > 0;
        },
      ),
    );
  });
});
