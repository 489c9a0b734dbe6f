import { randomBytes } from 'node:crypto';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { WorkerPlanner } from '../../lib/reencryption';
import { planHere } from '../../lib/reencryption/planner';
import { initialKeyring } from '../../lib/values/generate';
import { SecretValue } from '../../lib/values/secret-value';

const before = Keyring.fromEnvironment({ ENCRYPTION_KEY: randomBytes(16).toString('hex') });
const { keyring: added, keyId } = before.withNewKey();
const keyring = added.withActive(keyId);
const oldCipher = new FieldCipher(before);
const cipher = new FieldCipher(keyring);

const place = (id: string) => ({ table: 'users', column: 'phone', primaryKey: id });
const request = (ids: string[]) => ({
  table: 'users',
  columns: ['phone', 'pan'],
  rows: ids.map((id) => ({
    primaryKey: [id],
    values: [oldCipher.encrypt(`phone ${id}`, place(id)), id === '1' ? ['an array', () => 'a function'] : null],
  })),
});

describe.each([
  ['in this thread', () => planHere(cipher)],
  ['in threads', () => new WorkerPlanner(keyring, 2)],
])('a planner %s', (_, make) => {
  it('encrypts anew, in the order of the requests, and names what it cannot decrypt', async () => {
    const planner = make();
    const plans = await Promise.all(
      [['0', '1'], ['2'], ['3'], ['4']].map(async (ids) => await planner.plan(request(ids))),
    );
    await planner.close();
    const texts = plans.flatMap(({ values }, index) =>
      values.map(([phone = ''], row) => cipher.decrypt(phone, place(String(index === 0 ? row : index + 1)))),
    );
    expect(texts).toEqual(['phone 0', 'phone 1', 'phone 2', 'phone 3', 'phone 4']);
    expect(plans.map(({ poison }) => poison)).toEqual([
      [{ primaryKey: ['1'], column: 'pan', reason: 'malformed' }],
      [],
      [],
      [],
    ]);
  });

  it('names a row that nothing can be bound to', async () => {
    const planner = make();
    const row = { primaryKey: [''], values: [oldCipher.encrypt('x', place('0'))] };
    const plan = await planner.plan({ table: 'users', columns: ['phone'], rows: [row] });
    await planner.close();
    expect(plan).toEqual({
      values: [[undefined]],
      poison: [{ primaryKey: [''], column: 'phone', reason: 'primary key' }],
    });
  });
});

describe('WorkerPlanner', () => {
  it('has the old key too where the keyring refers to it', async () => {
    const seeded = Keyring.parse(initialKeyring, new SecretValue(randomBytes(16).toString('hex')));
    const { keyring: both, keyId: fresh } = seeded.withNewKey();
    const planner = new WorkerPlanner(both.withActive(fresh), 1);
    const stored = new FieldCipher(seeded).encrypt('phone', place('0'));
    const plan = await planner.plan({
      table: 'users',
      columns: ['phone'],
      rows: [{ primaryKey: ['0'], values: [stored] }],
    });
    await planner.close();
    expect(plan.poison).toEqual([]);
    expect(new FieldCipher(both).decrypt(plan.values[0]?.[0] ?? '', place('0'))).toBe('phone');
  });

  it('fails every request when its thread ends', async () => {
    const planner = new WorkerPlanner(keyring, 1);
    const pending = planner.plan(request(['0']));
    const failure = expect(pending).rejects.toThrow('the thread that encrypts has ended');
    await planner.close();
    await failure;
    await expect(planner.plan(request(['0']))).rejects.toThrow('the thread that encrypts has ended');
  });

  it('fails without a thread', async () => {
    await expect(new WorkerPlanner(keyring, 0).plan(request([]))).rejects.toThrow('allowed: at least 1');
  });
});
