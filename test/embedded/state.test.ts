import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PlatformState, readState, writeState } from '../../lib/embedded/state';
import { temporaryFolder } from './support/temporary';

describe('the state file', () => {
  const folder = temporaryFolder();
  const file = (): string => join(folder(), 'state.json');
  const state: PlatformState = {
    options: { tokenCache: true, workloads: 'kwok' },
    ports: { vault: 20_001, 'etcd/peer': 20_002 },
    processes: { vault: { pid: 12, startTime: 'boot/34', version: '1.21.1', binary: '/cache/vault' } },
  };

  it('is read as it was written, by its owner only, and nothing lies beside it', () => {
    writeState(file(), state);
    expect(readState(file())).toEqual(state);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder())).toEqual(['state.json']);
  });

  it('may be missing', () => {
    expect(readState(file())).toBeUndefined();
  });

  it.each(['', '{', '[]', JSON.stringify({ ...state, ports: { vault: 'x' } })])(
    'fails in one line for %j, with the fix',
    (text) => {
      writeFileSync(file(), text);
      let error: unknown;
      try {
        readState(file());
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({ code: 3, fix: expect.stringContaining('platform down') as string });
      expect((error as Error).message).toMatch(new RegExp(`^${file()} is damaged: [^\\n]+$`));
    },
  );
});
