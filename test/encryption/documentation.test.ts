import { randomBytes } from 'node:crypto';
import { Keyring } from '../../lib/encryption';
import { codeBlocks, runTypeScript } from '../support/documentation';

describe('docs/encryption.md', () => {
  const [fields = '', catalog = '', phases = ''] = codeBlocks('encryption.md', 'ts');
  const legacy = { ENCRYPTION_KEY: randomBytes(16).toString('hex') };

  it('shows a program that encrypts with a keyring', () => {
    const environment = { ENCRYPTION_KEYRING: Keyring.create().serialize().reveal() };
    expect(runTypeScript(fields, environment)).toBe('4 +91 98765 43210\n');
  });

  it('shows a program that goes on with the old format where there is only the old key', () => {
    expect(runTypeScript(fields, legacy)).toBe('3 +91 98765 43210\n');
  });

  it('shows a program that makes the keyrings of a rotation', () => {
    expect(runTypeScript(phases, legacy)).toBe('add legacy 2\npromote new 2\n');
  });

  it('shows how a catalog delivers key and keyring', () => {
    const imports =
      "import library from 'nivesh-secrets/catalog'; const { keyring, randomHex, vaultSecret } = library;";
    const print = 'console.log(Object.values(env).map(({ id }) => id).join());';
    expect(runTypeScript([imports, catalog, print].join('\n'))).toBe(
      'shop/web.encryption_key,shop/web.encryption_key_keyring\n',
    );
  });

  it('shows the form of the keyring', () => {
    const [json = ''] = codeBlocks('encryption.md', 'json');
    const { active, keys } = JSON.parse(json) as { active: string; keys: Record<string, unknown> };
    expect(keys).toHaveProperty(active);
    const shown = { active: 'legacy', keys: { legacy: keys.legacy } };
    expect(Keyring.fromEnvironment({ ...legacy, ENCRYPTION_KEYRING: JSON.stringify(shown) }).keyIds).toEqual([
      'legacy',
    ]);
  });
});
