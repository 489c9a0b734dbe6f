import {
  defineCatalog,
  defineEnvironment,
  dotenv,
  type Environment,
  githubActions,
  password,
  randomHex,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { declaredNames } from '../../lib/scanning/declared-names';
import { shopEnvironment } from '../support/environment';

function namesOf(...environments: Environment[]): Record<string, string | undefined> {
  return Object.fromEntries([...declaredNames(environments)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const mail = vaultSecret('shop/mail', { password: password(40), user: username('mail'), seed: randomHex(16) });
const catalog = defineCatalog({
  name: 'mail',
  workloads: {
    mail: workload({
      namespace: 'mail',
      env: { MAIL_PASSWORD: mail.password, MAIL_USER: mail.user, MAIL_SEED: mail.seed },
    }),
  },
});

test('variables and fields are known with the field that they hold; user names are not among them', () => {
  expect(namesOf(shopEnvironment())).toMatchInlineSnapshot(`
   {
     "DATABASE_URL": "shop/db.password",
     "DB_PASSWORD": "shop/db.password",
     "SESSION_KEY": "shop/web.session_key",
     "password": "shop/db.password",
     "session_key": "shop/web.session_key",
   }
  `);
});

test('no environment has no names', () => {
  expect(namesOf()).toEqual({});
});

test('a name of two fields says of neither that it is meant, however often it comes', () => {
  const delivery = dotenv({ files: [{ path: '.env', workloads: ['mail'] }] });
  const mailEnvironment = defineEnvironment('laptop', { catalog, delivery });
  for (const environments of [
    [shopEnvironment(), mailEnvironment],
    [mailEnvironment, shopEnvironment(), mailEnvironment],
  ]) {
    expect(namesOf(...environments)).toMatchObject({
      password: undefined,
      DB_PASSWORD: 'shop/db.password',
      MAIL_PASSWORD: 'shop/mail.password',
    });
  }
});

test('a variable that holds another field in another environment belongs to neither', () => {
  const environments = [mail.password, mail.seed].map((value) =>
    defineEnvironment('laptop', { catalog, delivery: dotenv({ files: [{ path: '.env', env: { SAME: value } }] }) }),
  );
  expect(namesOf(...environments.slice(0, 1)).SAME).toBe('shop/mail.password');
  expect(namesOf(...environments)).toMatchObject({ SAME: undefined, seed: 'shop/mail.seed' });
});

test('variables of a .env file and secrets of GitHub Actions are known', () => {
  const files = [{ path: '.env', env: { EXTRA_SEED: mail.seed, EXTRA_USER: mail.user } }];
  expect(namesOf(defineEnvironment('laptop', { catalog, delivery: dotenv({ files }) }))).toMatchObject({
    EXTRA_SEED: 'shop/mail.seed',
  });
  const delivery = githubActions({ repository: 'shop/shop', secrets: { DEPLOY: randomHex(16) } });
  const names = declaredNames([defineEnvironment('ci', { catalog, delivery })]);
  expect([names.has('DEPLOY'), names.get('DEPLOY'), names.has('EXTRA_USER')]).toEqual([true, undefined, false]);
});
