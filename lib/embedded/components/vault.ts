import { readFile } from 'node:fs/promises';
import { environmentError } from '../../cli/errors';
import { VaultClient } from '../../vault/client';
import { type Layout, makePrivateFolder, writePrivateFile } from '../layout';
import { loopback } from '../ports';
import { probe } from '../probe';
import type { Component, ComponentContext } from './component';

/** Where the root token and the unseal key are kept, readable by their owner only. */
export const vaultFiles = {
  rootToken: (layout: Layout): string => layout.file('vault', 'root-token'),
  unsealKey: (layout: Layout): string => layout.file('vault', 'unseal-key'),
};

/** Vault as the administrator sees it, or without a token before there is one. */
export async function vaultClient({ layout, port }: Pick<ComponentContext, 'layout' | 'port'>): Promise<VaultClient> {
  const token = await readFile(vaultFiles.rootToken(layout), 'utf8').catch(() => '');
  return new VaultClient({
    address: addressOf(port('vault')),
    caCert: await readFile(layout.pki('vault-ca.crt'), 'utf8'),
    ...(token === '' ? {} : { token: token.trim() }),
  });
}

function addressOf(port: number): string {
  return `https://${loopback}:${port}`;
}

/**
 * A real Vault server, not the development mode: TLS, storage in files, sealed at every start, and no engine mounted
 * that nobody asked for (https://developer.hashicorp.com/vault/docs/configuration).
 */
export const vault: Component = {
  name: 'vault',
  after: [],
  ports: ['vault'],
  scheme: 'https',

  prepare: async ({ layout, port }) => {
    await makePrivateFolder(layout.vaultAuditFolder);
    await writePrivateFile(
      layout.file('vault', 'config.json'),
      JSON.stringify(configuration(layout, port('vault')), null, 2),
    );
  },

  args: ({ layout }) => ['server', `-config=${layout.file('vault', 'config.json')}`],

  // Anything but silence: 501 is not initialised, 503 is sealed.
  answers: async (context) => (await health(context)) !== 0,

  setUp: async ({ layout, port }) => {
    const client = await vaultClient({ layout, port });
    try {
      await initialise(client, layout);
      await client.write('sys/unseal', { key: (await readFile(vaultFiles.unsealKey(layout), 'utf8')).trim() });
    } finally {
      await client.close();
    }
  },

  isReady: async (context) => (await health(context)) === 200,
};

function configuration(layout: Layout, port: number): object {
  return {
    api_addr: addressOf(port),
    disable_mlock: true,
    log_level: 'info',
    storage: { file: { path: layout.file('vault', 'data') } },
    listener: {
      tcp: {
        address: `${loopback}:${port}`,
        tls_cert_file: layout.pki('vault.crt'),
        tls_key_file: layout.pki('vault.key'),
      },
    },
  };
}

async function health({ layout, port }: ComponentContext): Promise<number> {
  const ca = await readFile(layout.pki('vault-ca.crt'), 'utf8');
  return await probe(`${addressOf(port('vault'))}/v1/sys/health`, { ca });
}

/** First start: one key share, since there is nobody to share it with. */
async function initialise(client: VaultClient, layout: Layout): Promise<void> {
  const { initialized } = (await client.request('GET', 'sys/init')) as unknown as { initialized: boolean };
  const hasKey = await readFile(vaultFiles.unsealKey(layout)).then(
    () => true,
    () => false,
  );
  if (initialized && !hasKey) {
    throw environmentError(
      `vault was initialised and its unseal key is not in ${vaultFiles.unsealKey(layout)}`,
      `put the key back, or remove ${layout.file('vault')} to begin with an empty Vault`,
    );
  }
  if (!initialized) {
    const answer = await client.request('POST', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
    const made = answer as unknown as { root_token: string; keys_base64: readonly string[] };
    await writePrivateFile(vaultFiles.rootToken(layout), `${made.root_token}\n`);
    await writePrivateFile(vaultFiles.unsealKey(layout), `${made.keys_base64[0] ?? ''}\n`);
  }
}
