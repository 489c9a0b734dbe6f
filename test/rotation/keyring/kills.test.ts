import fc from 'fast-check';
import { cipherOf, KeyringBench, unreadable } from '../../support/keyring-bench';

/** Where a run is killed: at one of its requests to Vault, before or after Vault has done it, or beside a restart. */
interface Kill {
  readonly request: number;
  readonly done: boolean;
  readonly restart: number;
  /** Which process happens to restart afterwards, with what Vault holds then. */
  readonly process: number;
}

const kill = fc.record<Kill>({
  request: fc.nat({ max: 60 }),
  done: fc.boolean(),
  restart: fc.nat({ max: 12 }),
  process: fc.nat({ max: 2 }),
});

/** From the moment of its death on, a run reaches nothing, not even to give its lease back. */
function arm(bench: KeyringBench, { request, done, restart }: Kill): void {
  const state = { requests: 0, restarts: 0, dead: false, passing: false };
  bench.fake.intercept = (method, path, body) => {
    if (state.passing) {
      return undefined;
    }
    if (!state.dead && state.requests++ === request) {
      state.dead = true;
      if (done) {
        state.passing = true;
        bench.fake.engine(method, path, body);
        state.passing = false;
      }
    }
    return state.dead ? { status: 400, body: { errors: ['the run was killed'] } } : undefined;
  };
  bench.processes.afterRestart = async () => {
    if (state.restarts++ === restart) {
      state.dead = true;
      await Promise.reject(new Error('the run was killed'));
    }
  };
}

function disarm(bench: KeyringBench): void {
  bench.fake.intercept = undefined;
  bench.processes.afterRestart = async () => {
    await Promise.resolve();
  };
  // Longer than the lease of the dead run.
  bench.advance(120_000);
}

/** One run, as far as it comes; where it asks for it, the data is re-encrypted and the next run is told so. */
async function run(bench: KeyringBench): Promise<boolean> {
  const begun = await bench.rotate();
  if (begun.done) {
    return true;
  }
  bench.processes.reencrypt();
  const asked = JSON.stringify(begun.pause);
  const [, key = ''] = /the key ([0-9a-f]{8})/.exec(asked) ?? [];
  return (await bench.rotate({ evidence: `re-encrypted with ${key}` })).done;
}

describe('a rotation by keyring that is killed', () => {
  it('ends in the same state wherever and however often, and no process ever fails to read a row', async () => {
    const killedIn = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(kill, { minLength: 1, maxLength: 5 }), async (kills) => {
        const bench = await KeyringBench.start();
        try {
          const before = await bench.data();
          let done = false;
          for (const one of kills) {
            arm(bench, one);
            done ||= await run(bench).catch(() => false);
            disarm(bench);
            killedIn.add(bench.processes.delivered.at(-1)?.label.split('.')[1] ?? 'check');
            await bench.processes.restart(one.process);
            if (done) {
              break;
            }
          }
          expect(done || (await run(bench))).toBe(true);
          const after = await bench.data();
          const { keyring } = cipherOf(after);
          expect(bench.processes.failures).toBe(0);
          expect(keyring.keyIds).toEqual([keyring.active]);
          expect(after.key).toMatch(/^[0-9a-f]{32}$/);
          expect(after.key).not.toBe(before.key);
          expect(after.other).toBe(before.other);
          expect(unreadable(bench.processes.rows, cipherOf(after))).toBe(0);
          expect(bench.processes.rows.every((row) => row.startsWith(`nv1:${keyring.active}:`))).toBe(true);
        } finally {
          await bench.stop();
        }
      }),
      { numRuns: 40 },
    );
    expect([...killedIn].sort()).toEqual(['add', 'check', 'promote', 'remove']);
  }, 120_000);
});
