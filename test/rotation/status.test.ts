import type { FieldReference } from '../../lib/catalog';
import { followingField, rotatableFields } from '../../lib/rotation/rotatable-fields';
import { type FieldStatus, readStatuses } from '../../lib/rotation/status';
import { chat, panel, rotatedCatalog, RotationBench, web } from '../support/rotation';

const day = 86_400_000;

describe('the status of rotations', () => {
  let bench: RotationBench;

  beforeEach(async () => {
    bench = await RotationBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  async function status(field: FieldReference): Promise<FieldStatus> {
    const statuses = await readStatuses(bench.environment, bench.kv, bench.now);
    const found = statuses.find((one) => one.field === field.id);
    if (!found) {
      throw new Error(`no status of ${field.id}`);
    }
    return found;
  }

  it('counts the age of a value that was never rotated from the first version of its path', async () => {
    const created = (await bench.kv.metadata('app/web'))?.createdAt.getTime() ?? NaN;
    expect(await status(web.signing_key)).toMatchObject({
      dueAt: new Date(created + 90 * day),
      next: 'nothing',
    });
    bench.now = new Date(created + 90 * day);
    expect((await status(web.signing_key)).next).toBe('begin');
    expect(await status(chat.webhook)).toEqual({ field: 'app/chat.webhook', strategy: 'manual', next: 'nothing' });
  });

  it('follows an overlap to its end, and counts the age of the new value from its beginning', async () => {
    const begun = bench.now;
    await bench.rotate(web.signing_key);
    const until = new Date(begun.getTime() + 31 * day);
    expect(await status(web.signing_key)).toMatchObject({ open: { phase: 'wait', waitUntil: until }, next: 'nothing' });
    bench.now = until;
    expect((await status(web.signing_key)).next).toBe('resume');
    await bench.rotate(web.signing_key);
    const ended = await status(web.signing_key);
    expect(ended).toMatchObject({ last: { startedAt: begun, finishedAt: until }, next: 'nothing' });
    expect(ended.open).toBeUndefined();
    expect(ended.dueAt).toEqual(new Date(begun.getTime() + 90 * day));
  });

  it('goes on with a rotation that stopped, but not with one that is in the hands of another run', async () => {
    bench.processes.interrupt = async () => {
      expect(await status(web.signing_key)).toMatchObject({ open: { holder: 'host/1' }, next: 'nothing' });
      await Promise.reject(new Error('the machine stops'));
    };
    await expect(bench.rotate(web.signing_key)).rejects.toThrow('the machine stops');
    expect(await status(web.signing_key)).toMatchObject({ open: { phase: 'accept' }, next: 'resume' });
  });

  it('leaves to a person what only a person can begin or end', async () => {
    bench.now = new Date(Date.now() + 200 * day);
    expect((await status(panel.password)).next).toBe('person');
    await bench.rotate(panel.password);
    expect(await status(panel.password)).toMatchObject({
      open: { waitsFor: 'set the new password in the panel' },
      next: 'person',
    });
  });

  it('keeps the last rotation in sight while the next one runs', async () => {
    await bench.rotate(web.signing_key, { mode: 'revoke-now' });
    const { last } = await status(web.signing_key);
    bench.advance(day);
    await bench.rotate(web.signing_key);
    expect(await status(web.signing_key)).toMatchObject({ last, open: { phase: 'wait' } });
  });
});

describe('fields that are rotated by themselves', () => {
  it('are all but those that change with another one', () => {
    expect(rotatableFields(rotatedCatalog).map(({ id }) => id)).toEqual([
      'app/api.key',
      'app/chat.webhook',
      'app/database.password',
      'app/panel.password',
      'app/web.signing_key',
      'app/web.session_key',
    ]);
  });

  it.each([
    ['app/web.signing_key_previous', 'the other value of an overlap', 'app/web.signing_key'],
    ['app/database.user', 'the name of an account', 'app/database.password'],
  ])('are not %s, which is %s', (id, role, rotatedWith) => {
    expect(followingField(rotatedCatalog, id)).toEqual({ id, role, rotatedWith });
  });

  it('are said of nothing else', () => {
    expect(followingField(rotatedCatalog, 'app/web.signing_key')).toBeUndefined();
    expect(followingField(rotatedCatalog, 'app/web.unknown')).toBeUndefined();
  });
});
