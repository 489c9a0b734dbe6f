import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import jsonwebtoken from 'jsonwebtoken';
import { codeBlocks, projectRoot } from '../support/documentation';

const [command = ''] = codeBlocks('jwt.md', 'sh');

interface Service {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Starts the example with the command of its page, as a process that reads its secrets from its environment, as a pod does. */
async function start(current: string, previous: string): Promise<Service> {
  const child = spawn('sh', ['-c', command], {
    cwd: projectRoot,
    detached: true,
    env: { PATH: process.env.PATH, PORT: '0', JWT_SECRET: current, JWT_SECRET_PREVIOUS: previous },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    const url = /listening on (\S+)/.exec(line)?.[1];
    if (url !== undefined) {
      return { child, url };
    }
  }
  throw new Error(`the example ended before it listened:\n${errors}`);
}

/** The command starts npx, which starts the example: the whole process group ends. */
function stop({ pid }: ChildProcess): void {
  if (pid !== undefined) {
    process.kill(-pid, 'SIGTERM');
  }
}

async function login({ url }: Service): Promise<string> {
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'user-1' }),
  });
  return ((await response.json()) as { token: string }).token;
}

async function statusOf({ url }: Service, token: string): Promise<number> {
  const response = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } });
  if (response.status === 200) {
    expect(await response.json()).toEqual({ id: 'user-1' });
  }
  return response.status;
}

const secret = () => randomBytes(32).toString('hex');
const [oldSecret, newSecret] = [secret(), secret()];
const phases = ['before', 'accept', 'sign', 'drop'] as const;
type Phase = (typeof phases)[number];

const variables = {
  before: [oldSecret, secret()],
  accept: [oldSecret, newSecret],
  sign: [newSecret, oldSecret],
  drop: [newSecret, secret()],
} as const;

describe('the NestJS example with passport-jwt', () => {
  const services = {} as Record<Phase, Service>;
  const tokens = {} as Record<Phase, string>;
  const show = async (signedIn: Phase, shownTo: Phase) =>
    `${signedIn} -> ${shownTo}: ${await statusOf(services[shownTo], tokens[signedIn])}`;

  beforeAll(async () => {
    await Promise.all(phases.map(async (phase) => (services[phase] = await start(...variables[phase]))));
    for (const phase of phases) {
      tokens[phase] = await login(services[phase]);
    }
  }, 60_000);

  afterAll(() => {
    Object.values(services).forEach(({ child }) => {
      stop(child);
    });
  });

  it('accepts every token in every pair of processes that a rolling update brings together', async () => {
    const results = [];
    for (const [older, newer] of [
      ['before', 'accept'],
      ['accept', 'sign'],
      ['sign', 'drop'],
    ] as const) {
      for (const signedIn of [older, newer]) {
        results.push(await show(signedIn, older), await show(signedIn, newer));
      }
    }
    expect(results.filter((result) => !result.endsWith(': 200'))).toEqual([]);
    expect(results).toHaveLength(12);
  });

  it('accepts living tokens of the old key while the new one signs, and refuses them after the drop', async () => {
    expect(await show('before', 'sign')).toBe('before -> sign: 200');
    expect(await show('before', 'drop')).toBe('before -> drop: 401');
  });

  it("fails with the guide's one step: a process that was not replaced yet refuses the new token", async () => {
    expect(await show('sign', 'before')).toBe('sign -> before: 401');
  });

  it("accepts the existing service's tokens, which have no kid", async () => {
    const token = jsonwebtoken.sign({ sub: 'user-1' }, oldSecret, {
      expiresIn: '7d',
      issuer: 'nivesh',
      audience: 'nivesh-app',
    });
    expect(await statusOf(services.sign, token)).toBe(200);
  });

  it.each([
    ['no token', ''],
    ['a text', 'a.b.c'],
    ['a token of a foreign key', jsonwebtoken.sign({ sub: 'user-1' }, secret(), { expiresIn: '1h' })],
    ['another algorithm', jsonwebtoken.sign({ sub: 'user-1' }, oldSecret, { expiresIn: '1h', algorithm: 'HS512' })],
    ['no audience', jsonwebtoken.sign({ sub: 'user-1' }, oldSecret, { expiresIn: '1h', issuer: 'nivesh' })],
  ])('fails with 401 for %s', async (_, token) => {
    expect(await statusOf(services.sign, token)).toBe(401);
  });

  it('shows key ids and no keys', async () => {
    const response = await fetch(`${services.accept.url}/keys`);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      signing: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      accepted: [expect.stringMatching(/^[0-9a-f]{8}$/), expect.stringMatching(/^[0-9a-f]{8}$/)] as string[],
    });
    expect(text).not.toContain(oldSecret.slice(0, 9));
  });
});
