import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { FakeKv } from '../support/fake-kv';
import { FakeVault } from '../support/fake-vault';
import { describeKv } from '../support/kv-contract';

let vault: FakeVault;
let client: VaultClient;

beforeAll(async () => {
  vault = await FakeVault.start(new FakeKv().engine);
  client = new VaultClient(vault.connection);
});

afterAll(async () => {
  await client.close();
  await vault.stop();
});

describeKv('the mount of unit tests', () => new KvEngine(client, 'secret'));
