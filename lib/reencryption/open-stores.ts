import type { Keyring } from '../encryption/keyring';
import { PostgresqlStore } from './postgresql-store';
import type { EncryptedStore } from './store';
import { type Target, targetName } from './targets';

/** A store cannot be opened: its variable is missing, or its server cannot be reached. */
export class ConnectionError extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = 'ConnectionError';
  }
}

export interface OpenOptions {
  readonly keyring: Keyring;
  readonly dryRun: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Connects to every target. The caller closes what it gets.
 * @throws ConnectionError that names every variable that is missing or wrong, before anything is opened
 */
export async function openStores(targets: readonly Target[], options: OpenOptions): Promise<EncryptedStore[]> {
  checkVariables(targets, options.environment);
  const stores: EncryptedStore[] = [];
  try {
    for (const target of targets) {
      stores.push(await openStore(target, options));
    }
    return stores;
  } catch (error) {
    await closeStores(stores);
    throw error;
  }
}

/** Closes all, whatever happens to one. */
export async function closeStores(stores: readonly EncryptedStore[]): Promise<void> {
  await Promise.allSettled(
    stores.map(async (store) => {
      await store.close();
    }),
  );
}

const schemes = { postgresql: /^postgres(ql)?:\/\//, mongodb: /^mongodb(\+srv)?:\/\// } as const;

function checkVariables(targets: readonly Target[], environment: NodeJS.ProcessEnv): void {
  const complaints = new Set(
    targets.flatMap(({ store, urlFrom }) => {
      const url = urlFrom === undefined ? undefined : environment[urlFrom];
      if (urlFrom === undefined || (url !== undefined && schemes[store].test(url))) {
        return [];
      }
      return [`${urlFrom} ${url === undefined || url === '' ? 'is not set' : `is not a URL of ${store}`}`];
    }),
  );
  if (complaints.size > 0) {
    throw new ConnectionError([...complaints].join(', '), 'set the variables that urlFrom names to connection URLs');
  }
}

async function openStore(target: Target, { keyring, dryRun, environment }: OpenOptions): Promise<EncryptedStore> {
  const url = target.urlFrom === undefined ? undefined : environment[target.urlFrom];
  const { active: activeKey, keyIds } = keyring;
  try {
    return target.store === 'postgresql'
      ? await PostgresqlStore.connect(target, { activeKey, dryRun, ...(url === undefined ? {} : { url }) })
      : // Loaded only where it is used: the driver is large.
        await (await import('./mongodb-store.js')).MongodbStore.connect(url ?? '', target, { activeKey, keyIds });
  } catch (error) {
    throw new ConnectionError(
      `${targetName(target)} cannot be reached: ${reason(error)}`,
      target.urlFrom === undefined
        ? 'check PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE'
        : `check ${target.urlFrom}`,
    );
  }
}

/** What went wrong; never a part of the URL, in which a password that was not percent-encoded can be anywhere. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'no reason given';
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_INVALID_URL' || error.name === 'MongoParseError') {
    return 'the connection URL is not valid';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return 'the name of the host is not known';
  }
  const [line = ''] = error.message.split('\n');
  return line === '' ? code : line;
}
