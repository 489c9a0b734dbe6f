import { keyring, randomBase64, randomHex, vaultSecret } from '../../lib/catalog';
import { nextValue } from '../../lib/dotenv/next-value';
import { generateValue } from '../../lib/values/generate';

const secret = vaultSecret('app/x', {
  token: randomHex(32),
  fernet: randomBase64(32, { rotation: keyring({ format: 'fernet' }) }),
});

test('a Fernet key keeps those before it, behind the one that encrypts', () => {
  const old = generateValue({ type: 'randomBase64', bytes: 32 });
  const next =
    nextValue(
      secret.fernet,
      () => old,
      () => true,
    )?.reveal() ?? '';
  expect(next).toMatch(/^[A-Za-z0-9_-]{43}=,[A-Za-z0-9_-]{43}=$/);
  expect(next.split(',')[1]).toBe(old?.reveal());
});

test('a field without a value, and one that encrypts nothing, get a fresh one', () => {
  expect(
    nextValue(
      secret.fernet,
      () => undefined,
      () => true,
    )?.reveal(),
  ).toMatch(/^[A-Za-z0-9_-]{43}=$/);
  const old = generateValue({ type: 'randomHex', bytes: 32 });
  const next = nextValue(
    secret.token,
    () => old,
    () => true,
  )?.reveal();
  expect(next).toMatch(/^[0-9a-f]{64}$/);
  expect(next).not.toBe(old?.reveal());
});
