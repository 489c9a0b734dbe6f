import { journalPath } from '../../lib/rotation/journal';
import { RolloutFailedError } from '../../lib/rotation/value-delivery';
import { api, RotationBench, web } from '../support/rotation';

const day = 86_400_000;
const fields = ['signing_key', 'signing_key_previous'];

describe('rotation by overlap', () => {
  let bench: RotationBench;

  beforeEach(async () => {
    bench = await RotationBench.start();
    await bench.processes.start('app/web', fields);
  });

  afterEach(async () => {
    await bench.stop();
  });

  it('accepts the new value before it is used, and the old one until the window has passed', async () => {
    const [old, never] = await bench.values(web.signing_key);
    const begun = await bench.rotate(web.signing_key);
    const until = new Date(bench.now.getTime() + 31 * day);
    expect(begun).toMatchObject({ done: false, ran: ['accept', 'sign'], pause: { until } });
    const [fresh, previous] = await bench.values(web.signing_key);
    expect(previous).toBe(old);
    expect(new Set([old, never, fresh]).size).toBe(3);
    expect(bench.processes.delivered.map((one) => one.fields)).toEqual([['signing_key_previous'], fields]);

    bench.advance(31 * day - 1);
    expect(await bench.rotate(web.signing_key)).toMatchObject({ done: false, ran: [], pause: { until } });
    expect(await bench.values(web.signing_key)).toEqual([fresh, old]);

    bench.advance(1);
    expect(await bench.rotate(web.signing_key)).toMatchObject({ id: begun.id, done: true, ran: ['wait', 'drop'] });
    const [used, dropped] = await bench.values(web.signing_key);
    expect(used).toBe(fresh);
    expect([old, never, fresh]).not.toContain(dropped);
    expect(dropped).toMatch(/^[0-9a-f]{64}$/);
    expect(bench.processes.refused).toBe(0);
  });

  it('counts the window from the end of the rollout, not from its beginning', async () => {
    bench.processes.interrupt = async () => {
      bench.advance(5000);
      await Promise.resolve();
    };
    const begun = bench.now.getTime();
    const { pause } = await bench.rotate(web.signing_key);
    expect(pause).toMatchObject({ until: new Date(begun + 5000 + 31 * day) });
  });

  it('does the same for a list of keys, and waits out a short window where it is asked to', async () => {
    const [old] = await bench.values(api.key);
    const outcome = await bench.rotate(api.key, { longestWaitMs: 3_600_000 });
    expect(outcome).toMatchObject({ done: true, ran: ['accept', 'sign', 'wait', 'drop'] });
    expect(await bench.values(api.key)).not.toContain(old);
  });

  it('revokes both values at once', async () => {
    const before = await bench.values(web.signing_key);
    const outcome = await bench.rotate(web.signing_key, { mode: 'revoke-now' });
    expect(outcome).toMatchObject({ done: true, ran: ['revoke'], mode: 'revoke-now' });
    const after = await bench.values(web.signing_key);
    expect(new Set([...before, ...after]).size).toBe(4);
    // A rollout that fails must not bring a leaked value back.
    expect(bench.processes.delivered).toMatchObject([{ revokes: true, rotated: 'app/web.signing_key' }]);
    // The harness sees what an overlap avoids.
    expect(bench.processes.refused).toBeGreaterThan(0);
  });

  it('breaks off an overlap when a value has leaked, and says which', async () => {
    const begun = await bench.rotate(web.signing_key);
    const [fresh, old] = await bench.values(web.signing_key);
    const check = jest.spyOn(bench.processes, 'check');
    const revoked = await bench.rotate(web.signing_key, { mode: 'revoke-now' });
    expect(revoked.done).toBe(true);
    // A rollout that is stuck at the overlap must not keep the leaked value alive.
    const own = { field: web.signing_key.id, rotations: [revoked.id, begun.id] };
    expect(check.mock.calls).toEqual([['app/web', ['signing_key', 'signing_key_previous'], own]]);
    expect(bench.fake.current(journalPath(web.signing_key))).toMatchObject({ supersedes: begun.id });
    const after = await bench.values(web.signing_key);
    expect(after).not.toContain(fresh);
    expect(after).not.toContain(old);
  });

  it('writes the same value again when a rollout has failed and taken it back', async () => {
    const [old] = await bench.values(web.signing_key);
    const failing = async (): Promise<void> => {
      await bench.processes.takeBack();
    };
    bench.processes.interrupt = failing;
    await expect(bench.rotate(web.signing_key)).rejects.toThrow(RolloutFailedError);
    const tried = await bench.kv.readVersion('app/web', 2);
    expect((await bench.values(web.signing_key))[1]).not.toBe(tried?.data.signing_key_previous);
    await bench.rotate(web.signing_key);
    expect(await bench.values(web.signing_key)).toEqual([tried?.data.signing_key_previous, old]);
    expect(bench.processes.refused).toBe(0);
    expect(new Set(bench.processes.delivered.map(({ label }) => label)).size).toBe(3);
  });

  it('fails to write it again over what somebody else has written since, and says how to go on', async () => {
    bench.processes.interrupt = async () => {
      await bench.processes.takeBack();
    };
    await expect(bench.rotate(web.signing_key)).rejects.toThrow(RolloutFailedError);
    const { version = 0 } = (await bench.kv.read('app/web')) ?? {};
    await bench.kv.patch('app/web', version, { signing_key_previous: 'theirs' });
    await expect(bench.rotate(web.signing_key)).rejects.toMatchObject({
      message:
        'somebody else has changed app/web.signing_key since this rotation wrote version 2 of secret/app/web; version 4 stays as it is',
      fix: expect.stringContaining(
        'nivesh-secrets rotate app/web.signing_key --environment test --revoke-now',
      ) as string,
    });
    expect((await bench.values(web.signing_key))[1]).toBe('theirs');
    expect((await bench.rotate(web.signing_key, { mode: 'revoke-now' })).done).toBe(true);
  });

  it('fails to sign with a value that somebody else has replaced, and says how to go on', async () => {
    bench.processes.interrupt = async () => {
      const { version = 0 } = (await bench.kv.read('app/web')) ?? {};
      await bench.kv.patch('app/web', version, { signing_key_previous: 'theirs' });
    };
    await expect(bench.rotate(web.signing_key)).rejects.toMatchObject({
      message:
        'the value of app/web.signing_key that was to become the one in use is gone: somebody else has changed secret/app/web',
      fix: 'find out who; then begin anew from what is there now: nivesh-secrets rotate app/web.signing_key --environment test --revoke-now',
    });
    expect((await bench.rotate(web.signing_key, { mode: 'revoke-now' })).done).toBe(true);
  });

  it('keeps what others write to the same path meanwhile', async () => {
    let written = false;
    bench.fake.intercept = (method, path) => {
      if (method === 'PATCH' && path === 'secret/data/app/web' && !written) {
        written = true;
        bench.fake.engine('PATCH', path, { data: { session_key: 'written by another' } });
      }
      return undefined;
    };
    await bench.rotate(web.signing_key);
    expect(written).toBe(true);
    expect((await bench.kv.read('app/web'))?.data.session_key).toBe('written by another');
  });

  it('fails where somebody has changed the value that was to be used', async () => {
    bench.processes.interrupt = async () => {
      await Promise.reject(new Error('the machine stops'));
    };
    await expect(bench.rotate(web.signing_key)).rejects.toThrow('the machine stops');
    const path = `secret/data/${journalPath(web.signing_key)}`;
    const { data } = bench.fake.engine('GET', path, undefined)?.body as { data: { data: { phases: object[] } } };
    data.data.phases[0] = { ...data.data.phases[0], finishedAt: bench.now.toISOString() };
    bench.fake.engine('POST', path, data);
    const { version = 0 } = (await bench.kv.read('app/web')) ?? {};
    await bench.kv.patch('app/web', version, { signing_key_previous: 'changed by hand' });
    await expect(bench.rotate(web.signing_key)).rejects.toThrow(
      'the value of app/web.signing_key that was to become the one in use is gone',
    );
  });

  it('fails before it changes anything where Vault has no value or the delivery has a problem', async () => {
    await bench.kv.client.delete('secret/data/app/web');
    await expect(bench.rotate(web.signing_key)).rejects.toThrow('the current version was deleted');
    bench.processes.problems = [{ path: 'app-web', what: 'its rollout is stuck', got: '', allowed: '', fix: '' }];
    await expect(bench.rotate(api.key)).rejects.toThrow('its rollout is stuck');
    expect(bench.fake.current(journalPath(api.key))).toBeUndefined();
  });

  it('keeps no value in the journal and in what it reports', async () => {
    const old = await bench.values(web.signing_key);
    await bench.rotate(web.signing_key);
    const all = [...old, ...(await bench.values(web.signing_key))];
    const texts = JSON.stringify([bench.fake.current(journalPath(web.signing_key)), bench.lines]);
    expect(all.filter((value) => texts.includes(value))).toEqual([]);
  });
});
