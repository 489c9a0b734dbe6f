import { DriverErrors } from '../../../lib/rotation/databases/driver-errors';
import { RotationError } from '../../../lib/rotation/errors';

describe('DriverErrors', () => {
  const errors = new DriverErrors('postgresql at db:5432', 'check the server');
  errors.hide('geheim/1', 'geheim/1-and-more', '');

  it('says what was being done, where, and why it failed, in one line', async () => {
    const failure = errors.during('do ALTER ROLE', () => Promise.reject(new Error('permission denied\nDETAIL: x')));
    await expect(failure).rejects.toMatchObject({
      name: 'RotationServerError',
      message: 'postgresql at db:5432: cannot do ALTER ROLE: permission denied',
      fix: 'check the server',
    });
  });

  it('takes hidden values out, the longest first, also percent-encoded ones', () => {
    expect(errors.reason(new Error('"geheim/1-and-more" at pg://u:geheim%2F1@db, geheim/1'))).toBe(
      '"[secret]" at pg://u:[secret]@db, [secret]',
    );
  });

  it.each([
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new AggregateError([new Error('connect ECONNREFUSED ::1:5432')]), 'connect ECONNREFUSED ::1:5432'],
    [{ code: 18, message: 5 }, 'no reason given'],
    ['geheim/1', 'no reason given'],
    [undefined, 'no reason given'],
  ])('finds the reason in %p', (error, reason) => {
    expect(errors.reason(error)).toBe(reason);
  });

  it('keeps no cause, which would hold statements, and passes its own errors on', async () => {
    const cause = Object.assign(new Error('no'), { query: "ALTER USER x PASSWORD 'geheim/1'" });
    const failed = errors.failed('connect', cause);
    expect(failed.cause).toBeUndefined();
    expect(JSON.stringify(Object.entries(failed))).not.toContain('geheim');
    const own = new RotationError('a', 'b');
    await expect(errors.during('x', () => Promise.reject(own))).rejects.toBe(own);
  });
});
