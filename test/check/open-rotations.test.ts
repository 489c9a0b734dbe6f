import { openRotations } from '../../lib/check/open-rotations';
import { api, panel, RotationBench, web } from '../support/rotation';

const day = 86_400_000;

describe('open rotations', () => {
  let bench: RotationBench;

  beforeEach(async () => {
    bench = await RotationBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  it('are fine while they wait for their time or for a person', async () => {
    await bench.rotate(web.signing_key);
    await bench.rotate(panel.password);
    bench.advance(31 * day - 1);
    expect(await openRotations(bench.environment, bench.kv, bench.now)).toEqual([]);
  });

  it('are findings when an overlap is past its end, until the old value was dropped', async () => {
    await bench.rotate(web.signing_key);
    bench.advance(31 * day);
    expect(await openRotations(bench.environment, bench.kv, bench.now)).toEqual([
      {
        check: 'rotation',
        object: 'app/web.signing_key',
        message: 'the overlap ended at 2026-12-27T12:00:00.000Z, and the old value is still accepted',
        fix: 'nivesh-secrets rotate app/web.signing_key --environment test --yes',
      },
    ]);
    await bench.rotate(web.signing_key);
    expect(await openRotations(bench.environment, bench.kv, bench.now)).toEqual([]);
  });

  it('are findings when they stopped halfway, but not while they run', async () => {
    bench.processes.interrupt = async () => {
      expect(await openRotations(bench.environment, bench.kv, bench.now)).toEqual([]);
      await Promise.reject(new Error('the machine stops'));
    };
    await expect(bench.rotate(api.key)).rejects.toThrow('the machine stops');
    const [finding] = await openRotations(bench.environment, bench.kv, bench.now);
    expect(finding?.message).toBe('its rotation began at 2026-11-26T12:00:00.000Z and stopped in the phase accept');
  });
});
