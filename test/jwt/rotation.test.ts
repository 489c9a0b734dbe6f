import { randomBytes } from 'node:crypto';
import { type JwtEnvironment, JwtKeys, JwtSigner, JwtVerifier } from '../../lib/jwt';

const day = 86_400;
const life = 30 * day;
const secret = () => randomBytes(32).toString('hex');
const oldSecret = secret();
const newSecret = secret();

/** One state of the two variables, and how many days after the one before every process has it. */
interface Phase {
  readonly name: string;
  readonly environment: JwtEnvironment;
  readonly afterDays: number;
}

const before: Phase = {
  name: 'before',
  environment: { JWT_SECRET: oldSecret, JWT_SECRET_PREVIOUS: secret() },
  afterDays: 0,
};
const accept: Phase = {
  name: 'accept',
  environment: { JWT_SECRET: oldSecret, JWT_SECRET_PREVIOUS: newSecret },
  afterDays: 1,
};
const sign: Phase = {
  name: 'sign',
  environment: { JWT_SECRET: newSecret, JWT_SECRET_PREVIOUS: oldSecret },
  afterDays: 1,
};
const drop: Phase = {
  name: 'drop',
  environment: { JWT_SECRET: newSecret, JWT_SECRET_PREVIOUS: secret() },
  afterDays: 31,
};

interface Issued {
  readonly token: string;
  readonly signedIn: string;
  readonly expiresAt: number;
}

const replicas = 4;

/**
 * Plays rolling updates of several processes through the phases. After each replacement of one process every process
 * signs a token, and every process is shown every token that has not expired.
 */
async function roll(phases: readonly Phase[]): Promise<{ pairs: number; failures: string[] }> {
  let clock = Date.parse('2026-01-01T00:00:00Z') / 1000;
  const now = () => new Date(clock * 1000);
  const processOf = ({ name, environment }: Phase) => {
    const keys = JwtKeys.fromEnvironment(environment);
    return { name, signer: new JwtSigner(keys, { now, longestLife: '30d' }), verifier: new JwtVerifier(keys, { now }) };
  };
  const [first, ...rest] = phases;
  const processes = first === undefined ? [] : Array.from({ length: replicas }, () => processOf(first));
  const issued: Issued[] = [];
  const failures: string[] = [];
  let pairs = 0;
  const exercise = async () => {
    for (const { signer, name } of processes) {
      issued.push({
        token: await signer.sign({}, { expiresIn: '30d' }),
        signedIn: name,
        expiresAt: clock + life,
      });
    }
    const alive = issued.filter(({ expiresAt }) => clock < expiresAt);
    for (const { name, verifier } of processes) {
      for (const { token, signedIn } of alive) {
        pairs++;
        await verifier.verify(token).catch(() => failures.push(`${signedIn} -> ${name}`));
      }
    }
  };
  await exercise();
  for (const phase of rest) {
    clock += phase.afterDays * day;
    for (let index = 0; index < replicas; index++) {
      processes[index] = processOf(phase);
      // A rollout takes minutes, not days.
      clock += 60;
      await exercise();
    }
  }
  return { pairs, failures };
}

describe('rotation of the JWT secret during rolling updates', () => {
  it('accept, sign, drop: every process accepts every living token at every moment', async () => {
    const { pairs, failures } = await roll([before, accept, sign, drop]);
    expect(failures).toEqual([]);
    expect(pairs).toBeGreaterThan(300);
  });

  it('is refused afterwards: a token of the old key that is still alive, once the key is dropped', async () => {
    const token = await new JwtSigner(JwtKeys.fromEnvironment(before.environment), { longestLife: '30d' }).sign(
      {},
      { expiresIn: '30d' },
    );
    await expect(new JwtVerifier(JwtKeys.fromEnvironment(drop.environment)).verify(token)).rejects.toThrow(
      'none of the accepted keys signed it',
    );
  });

  it("fails with the guide's one step: processes that were not yet replaced refuse new tokens", async () => {
    const { failures } = await roll([before, { ...sign, name: 'one step' }]);
    expect(new Set(failures)).toEqual(new Set(['one step -> before']));
  });

  it("fails with the guide's seven days: refresh tokens live for thirty", async () => {
    const { failures } = await roll([before, accept, sign, { ...drop, afterDays: 7 }]);
    expect(new Set(failures)).toEqual(new Set(['before -> drop', 'accept -> drop']));
  });
});
