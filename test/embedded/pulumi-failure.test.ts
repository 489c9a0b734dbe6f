import type { EngineEvent } from '@pulumi/pulumi/automation';
import { failureOf, PulumiError } from '../../lib/embedded/pulumi-failure';

function diagnostic(message: string, urn?: string, severity: 'error' | 'warning' = 'error'): EngineEvent {
  const event = { message, severity, color: 'never', ...(urn === undefined ? {} : { urn }) };
  return { sequence: 0, timestamp: 0, diagnosticEvent: event };
}

async function failing(events: readonly EngineEvent[], error: unknown): Promise<PulumiError> {
  return await failureOf('up of the stack local', events, () => Promise.reject(error as Error)).then(
    () => {
      throw new Error('it did not fail');
    },
    (thrown: unknown) => thrown as PulumiError,
  );
}

describe('a failure of the engine', () => {
  const urn = 'urn:pulumi:local::project::vault:index/mount:Mount::secret';

  it('is no failure where the operation succeeds', async () => {
    expect(await failureOf('up', [diagnostic('boom')], () => Promise.resolve(1))).toBe(1);
  });

  it('has the reasons that the engine told, by resource, once each', async () => {
    const failure = await failing(
      [
        diagnostic('using a plugin from $PATH', undefined, 'warning'),
        diagnostic('<{%reset%}>error: permission\n   denied<{%reset%}>\n', urn),
        diagnostic('<{%reset%}>error: permission\n   denied<{%reset%}>\n', urn),
        diagnostic('update failed', ''),
      ],
      new Error('code: 255'),
    );
    expect(failure).toBeInstanceOf(PulumiError);
    expect(failure.message).toBe('pulumi up of the stack local failed: secret: permission denied');
    expect(failure.reasons).toEqual(['secret: permission denied']);
  });

  it('is short for an exception of the program', async () => {
    const trace = 'Unhandled exception: Error: there is no environment x\n    at program (/app/index.ts:1:1)\n';
    const failure = await failing([diagnostic(trace), diagnostic('there is no environment x')], new Error('code: 255'));
    expect(failure.reasons).toEqual(['there is no environment x']);
  });

  it('is the reason itself where the engine counts one', async () => {
    const failure = await failing(
      [diagnostic('1 error occurred:\n\t* it is not ready\n\n', urn)],
      new Error('code: 255'),
    );
    expect(failure.reasons).toEqual(['secret: it is not ready']);
  });

  it('ends with the last three of many reasons', async () => {
    const events = [1, 2, 3, 4].map((number) => diagnostic(`reason ${number}`));
    const failure = await failing(events, new Error('code: 255'));
    expect(failure.message).toBe('pulumi up of the stack local failed: reason 2; reason 3; reason 4');
    expect(failure.reasons).toHaveLength(4);
  });

  it('has the error lines of the command where the engine told nothing', async () => {
    const failure = await failing([], new Error('code: 255\n stdout: \n stderr: error: the stack is locked\n\n'));
    expect(failure.reasons).toEqual(['the stack is locked']);
    expect((await failing([], 'no such file')).reasons).toEqual(['no such file']);
  });
});
