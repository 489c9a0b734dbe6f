import { Client } from 'pg';
import type { Login } from '../../support/login';
import type { PostgresqlServer } from '../../support/postgresql';
import type { Pod } from './application';

/** A process with a connection that it keeps, and short ones beside it. */
export async function startPostgresqlPod(server: PostgresqlServer, database: string, login: Login): Promise<Pod> {
  const connect = async (): Promise<Client> => {
    const client = new Client({
      connectionString: server.url(database, login),
      application_name: 'shop',
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const kept = await connect();
  return {
    work: async () => {
      await kept.query('INSERT INTO orders (item) VALUES ($1)', ['x']);
      const fresh = await connect();
      await fresh.query('SELECT count(*) FROM orders');
      await fresh.end();
    },
    stop: async () => {
      await kept.end();
    },
  };
}
