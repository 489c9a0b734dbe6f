import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createClient } from '@redis/client';
import { Pool } from 'pg';
import { FieldCipher, Keyring } from '../../../../lib/encryption';
import { JwtKeys, JwtSigner, JwtVerifier } from '../../../../lib/jwt';
import { jwtSettings } from './tokens';

/**
 * A service as they run in a cluster: reads its secrets from its environment once, is ready when it can log in, and
 * ends its requests before itself. The rotation test runs it in pods.
 */

/** How the process says that it cannot work with what it was given. */
const badConfiguration = 78;

if (process.env.FEATURE_KEY?.startsWith('poison') ?? true) {
  console.error('FEATURE_KEY is not usable');
  process.exit(badConfiguration);
}

const keys = JwtKeys.fromEnvironment();
const signer = new JwtSigner(keys, { ...jwtSettings, longestLife: '30s' });
const verifier = new JwtVerifier(keys, { ...jwtSettings, leeway: '5s' });
const cipher = new FieldCipher(Keyring.fromEnvironment());

// Pools replace their connections now and then, so a credential that has stopped working shows.
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4, maxLifetimeSeconds: 5 });
pool.on('error', () => undefined);
const redis = createClient({
  url: process.env.REDIS_URL ?? '',
  password: process.env.REDIS_PASSWORD ?? '',
});
redis.on('error', () => undefined);

class Refusal extends Error {}

async function login(): Promise<string> {
  return await signer.sign({ sub: 'customer-1' }, { expiresIn: '30s' });
}

/** One request's work: a token, an encrypted column read and now and then written, and a counter. */
async function work(request: IncomingMessage): Promise<string> {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const { key } = await verifier.verify(token).catch((error: unknown) => {
    throw new Refusal(error instanceof Error ? error.message : 'refused');
  });
  const id = 1 + Math.floor(Math.random() * 100);
  const place = { table: 'customers', column: 'phone', primaryKey: id };
  const { rows } = await pool.query<{ phone: string }>('SELECT phone FROM customers WHERE id = $1', [id]);
  const phone = cipher.decrypt(rows[0]?.phone ?? '', place);
  if (phone !== phoneOf(id)) {
    throw new Error(`customer ${id} has another phone number`);
  }
  if (id % 4 === 0) {
    await pool.query('UPDATE customers SET phone = $1 WHERE id = $2', [cipher.encrypt(phone, place), id]);
  }
  await redis.incr('requests');
  return key;
}

function phoneOf(id: number): string {
  return `+91 00000 ${String(id).padStart(5, '0')}`;
}

let ending = false;

/** What a fresh connection of each database needs is what the next request may need. */
async function checkReady(): Promise<string> {
  if (ending) {
    throw new Error('it ends');
  }
  await pool.query('SELECT 1');
  await redis.ping();
  return 'ready';
}

async function answer(request: IncomingMessage): Promise<string> {
  switch (request.url) {
    case '/login':
      return await login();
    case '/work':
      return await work(request);
    case '/ready':
      return await checkReady();
    default:
      throw new Error('no such page');
  }
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  answer(request).then(
    (text) => response.end(text),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(error instanceof Refusal ? 401 : 500).end(message);
      if (request.url !== '/ready') {
        console.error(`${request.url ?? ''}: ${message}`);
      }
    },
  );
}

const server = createServer(handle);

async function start(): Promise<void> {
  await redis.connect();
  server.listen(Number(process.env.PORT));
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
async function end(): Promise<void> {
  ending = true;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  await Promise.all([pool.end(), redis.close()]);
  process.exit(0);
}

process.once('SIGTERM', () => void end());
void start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
