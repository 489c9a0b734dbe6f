import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { VaultProvider, vaultTypes } from '../../../lib/embedded/providers/vault';

const sdk = dirname(require.resolve('@pulumi/vault/package.json'));

/** Properties of the interface that the SDK gives the arguments of a type: name to whether it is required. */
function sdkArguments(type: string): Record<string, boolean> {
  const [, module = '', file = '', name = ''] = /^vault:(?:index|(\w+))\/(\w+):(\w+)$/.exec(type) ?? [];
  const path = join(sdk, module, `${file}.d.ts`);
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022);
  const found = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === `${name}Args`,
  );
  const members = found && ts.isInterfaceDeclaration(found) ? found.members.filter(ts.isPropertySignature) : [];
  return Object.fromEntries(members.map((member) => [member.name.getText(source), member.questionToken === undefined]));
}

describe('the vault stand-in', () => {
  it('has the version of the SDK', () => {
    const manifest = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as { version: string };
    expect(new VaultProvider().version).toBe(manifest.version);
  });

  it.each(Object.entries(vaultTypes))('knows every argument of the published %s', (type, { fields, refused = [] }) => {
    const published = sdkArguments(type);
    expect([...Object.keys(fields), ...refused].sort()).toEqual(Object.keys(published).sort());
  });

  it.each(Object.entries(vaultTypes))('requires of %s what the published one requires', (type, { fields }) => {
    const required = Object.entries(sdkArguments(type)).filter(([, isRequired]) => isRequired);
    for (const [name] of required) {
      expect(fields[name]).toMatchObject({ required: true });
    }
  });

  it('fails on a type that it does not carry, and says which ones it does', () => {
    expect(() => new VaultProvider().resource('vault:kv/secretV2:SecretV2')).toThrow(
      /does not carry vault:kv\/secretV2:SecretV2; it carries vault:index\/audit:Audit, /,
    );
  });

  it('fails in every operation that needs Vault while it is not configured', async () => {
    const resource = new VaultProvider().resource('vault:index/policy:Policy');
    await expect(resource.read({ id: 'p', state: {}, inputs: {} })).rejects.toThrow(
      'the vault provider has no address and token yet',
    );
  });
});
