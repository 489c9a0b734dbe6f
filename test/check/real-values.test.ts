import { randomBytes } from 'node:crypto';
import { exampleValuesInVault } from '../../lib/check/real-values';
import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { shopEnvironment } from '../support/environment';
import { FakeVault } from '../support/fake-vault';

describe('exampleValuesInVault', () => {
  const random = randomBytes(32).toString('hex');

  async function check(password: string, examples: readonly string[] = []) {
    const metadata = { version: 1 };
    const vault = await FakeVault.start({
      'GET secret/data/shop/db': () => ({ data: { user: 'shop', password, undeclared: 'password' }, metadata }),
      'GET secret/data/shop/web': () => ({ data: { session_key: random }, metadata }),
    });
    const client = new VaultClient(vault.connection);
    try {
      return await exampleValuesInVault(shopEnvironment(), new KvEngine(client, 'secret'), new Set(examples));
    } finally {
      await Promise.all([client.close(), vault.stop()]);
    }
  }

  it('finds nothing in generated values, and leaves names of accounts and undeclared fields alone', async () => {
    expect(await check(random)).toEqual({ looked: 2, findings: [] });
  });

  it.each([
    ['a placeholder', ['change', 'me'].join(''), []],
    ['a value of an example file', random.slice(0, 20), [random.slice(0, 20)]],
  ])('names %s and does not show it', async (_, value, examples) => {
    const { findings } = await check(value, examples);
    expect(findings.map(({ check: name, object, fix }) => [name, object, fix])).toEqual([
      ['values', 'shop/db.password', 'rotate it to a generated value'],
    ]);
    expect(JSON.stringify(findings)).not.toContain(value);
  });
});
