import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyringRotation } from '../../../lib/catalog';
import { explainRotationError } from '../../../lib/cli/rotation-services';
import { Keyring } from '../../../lib/encryption';
import { RotationEngine } from '../../../lib/rotation/engine';
import { RotationServerError } from '../../../lib/rotation/errors';
import { journalPath } from '../../../lib/rotation/journal';
import { reencryptData } from '../../../lib/rotation/keyring/reencryption';
import { keyringStrategy } from '../../../lib/rotation/keyring/strategy';
import type { RotationContext, RotationStrategy } from '../../../lib/rotation/strategy';
import { files, KeyringBench, keyringEnvironment } from '../../support/keyring-bench';

/* What a real database has to say is in test/e2e/keyring-rotation.test.ts. */
describe('a rotation that re-encrypts by itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-targets-'));
  let bench: KeyringBench;

  beforeEach(async () => {
    bench = await KeyringBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Why it does not begin. */
  async function refusal(yaml?: string, evidence?: string): Promise<string> {
    if (yaml !== undefined) {
      writeFileSync(join(folder, 'targets.yaml'), yaml);
    }
    const before = await bench.data('app/files');
    const message = await bench.rotate({ evidence }, files.key, folder).then(
      () => 'it began',
      (error: unknown) => (error as Error).message,
    );
    expect(await bench.data('app/files')).toEqual(before);
    expect(bench.fake.current(journalPath(files.key))).toBeUndefined();
    return message.replaceAll(folder, '');
  }

  const users = '{ store: postgresql, urlFrom: USERS_URL, table: users, primaryKey: id, columns: [phone] }';

  it('fails before it begins without its file', async () => {
    rmSync(join(folder, 'targets.yaml'), { force: true });
    expect(await refusal()).toMatch(
      /^app\/files\.key: the data could not be re-encrypted, got targets\.yaml cannot be read: .*ENOENT.*, fix: write the list/,
    );
  });

  it('fails before it begins for every mistake of the file', async () => {
    expect(await refusal('targets: [{ store: postgresql, columns: [] }]')).toMatch(
      /^targets\.0\.table: missing.*\ntargets\.0\.primaryKey: .*\ntargets\.0\.columns: not what belongs here/,
    );
  });

  it('fails before it begins for a connection that nobody has named', async () => {
    expect(await refusal(`targets: [${users}]`)).toBe(
      'app/files.key: the data could not be re-encrypted, got USERS_URL is not set, fix: set the variables that urlFrom names to connection URLs',
    );
  });

  it('fails for evidence, which it does not need', async () => {
    expect(await refusal(`targets: [${users}]`, 'done by hand')).toContain('the rotation re-encrypts the data itself');
  });

  it('reads its file where, and shows its progress as, whoever made the engine says', async () => {
    writeFileSync(join(folder, 'targets.yaml'), `targets: [${users}]`);
    const reencryptionProgress = jest.fn(() => ({ start: jest.fn(), add: jest.fn(), end: jest.fn() }));
    const engine = new RotationEngine({
      environment: keyringEnvironment,
      kv: bench.kv,
      delivery: () => bench.processes,
      report: () => undefined,
      projectFolder: folder,
      reencryptionProgress,
    });
    const strategy: RotationStrategy<KeyringRotation> = {
      ...keyringStrategy(),
      check: async (context) => {
        await reencryptData(context, fresh(), { environment: { USERS_URL: 'postgres://127.0.0.1:1/users' } });
        return [];
      },
    };
    const request = { field: files.key, strategy: strategy as RotationStrategy };
    await expect(engine.check(request, await engine.plan(request))).rejects.toThrow(RotationServerError);
    expect(reencryptionProgress).toHaveBeenCalledTimes(1);
  });

  it('fails for a server that is gone, which is worth another try', async () => {
    writeFileSync(join(folder, 'targets.yaml'), `targets: [${users}]`);
    const context = { field: files.key, report: () => undefined } as unknown as RotationContext<KeyringRotation>;
    const place = { folder, environment: { USERS_URL: 'postgres://127.0.0.1:1/users' } };
    const error: unknown = await reencryptData(context, fresh(), place).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RotationServerError);
    expect(explainRotationError(error)).toMatchObject({ code: 3, fix: 'check USERS_URL' });
  });
});

/** A keyring whose new key encrypts. */
function fresh(): Keyring {
  const { keyring, keyId } = Keyring.create().withNewKey();
  return keyring.withActive(keyId);
}
