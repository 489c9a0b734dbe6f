import { decoy, makeCanaries, missedKinds } from '../../lib/scanning/canaries';

const names = new Map([
  ['JWT_SECRET', 'app/backend.jwt_secret'],
  ['DATABASE_URL', undefined],
]);

it('makes one for every name and every form, other values each time', () => {
  const canaries = makeCanaries(names);
  expect(canaries.map(({ kind }) => kind)).toMatchInlineSnapshot(`
   [
     "declared name JWT_SECRET",
     "declared name DATABASE_URL",
     "password in YAML",
     "key in JSON",
     "postgresql connection string",
     "mongodb connection string",
     "redis connection string",
     "clickhouse connection string",
     "neo4j connection string",
     "private key",
     "GitHub token",
     "Vault token",
     "Hugging Face token",
     "Slack webhook",
     "JSON Web Token",
   ]
  `);
  const again = new Set(makeCanaries(names).map(({ text }) => text));
  expect(canaries.filter(({ text }) => again.has(text))).toEqual([]);
  expect(new Set([...canaries.map(({ path }) => path), decoy.path]).size).toBe(canaries.length + 1);
});

it('misses those that are in no finding', () => {
  const [first, ...others] = makeCanaries(names);
  expect(missedKinds([...(first ? [first] : []), ...others], others)).toEqual(['declared name JWT_SECRET']);
  expect(missedKinds(others, others)).toEqual([]);
});
