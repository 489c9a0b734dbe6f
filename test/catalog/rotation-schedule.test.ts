import {
  alternatingUsers,
  defineCatalog,
  defineEnvironment,
  dotenv,
  externalSecrets,
  manual,
  overlap,
  password,
  randomHex,
  rotatesByItself,
  type RotationScheduleOptions,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';

const { key } = vaultSecret('shop/web', { key: randomHex(32, { rotation: overlap({ window: '1h' }) }) });
const admin = vaultSecret('shop/admin', { password: password(40, { rotation: manual('by hand') }) });
const env = { KEY: key, KEY_PREVIOUS: key.previous };

const rotation: RotationScheduleOptions = {
  namespace: 'shop',
  image: 'registry.shop:5000/secrets:1.2.3',
  schedule: '17 */2 1-15,20 * MON-FRI',
  env: { ADMIN_PASSWORD: admin.password },
};

const delivery = externalSecrets({
  vault: {
    address: 'https://vault:8200',
    ca: { type: 'system' },
    audit: [
      { name: 'file', filePath: '/audit.log' },
      { name: 'stdout', filePath: 'stdout' },
    ],
  },
});

function environment(changes: Partial<RotationScheduleOptions> = {}, others: readonly string[] = []) {
  const names = ['shop-web', ...others];
  const workloads = Object.fromEntries(names.map((name) => [name, workload({ namespace: 'shop', env })]));
  const catalog = defineCatalog({ name: 'shop', workloads });
  return defineEnvironment('staging', { catalog, delivery, rotation: { ...rotation, ...changes } });
}

test('the rotator is one more workload of the environment, and of no other', () => {
  const { catalog, rotation: schedule } = environment();
  expect(Object.keys(catalog.workloads)).toEqual(['shop-web', 'shop-rotator']);
  expect(catalog.workloads['shop-rotator']).toEqual({ namespace: 'shop', kind: 'CronJob', env: rotation.env });
  expect(schedule).toEqual({
    workload: 'shop-rotator',
    image: 'registry.shop:5000/secrets:1.2.3',
    schedule: '17 */2 1-15,20 * MON-FRI',
  });
  expect(environment({ workload: 'night-watch' }).rotation?.workload).toBe('night-watch');
});

test('fails on names that are taken', () => {
  expect(() => environment({}, ['shop-rotator', 'rotation'])).toThrow(
    [
      'rotation on schedule has 2 problems',
      '  workloads.shop-rotator: a workload has a name that the rotator needs, got "shop-rotator", allowed: names other than "shop-rotator" and "shop-rotation", fix: name the rotator with rotation.workload',
      '  workloads.rotation: a workload has a name that the rotator needs, got "rotation", allowed: names other than "shop-rotator" and "shop-rotation", fix: rename the workload',
    ].join('\n'),
  );
});

test('fails on a wrong schedule, an image without a version, and a value that it would replace while it runs', () => {
  expect(() => environment({ schedule: 'hourly', image: 'secrets', env: { KEY: key } })).toThrow(
    [
      'environment "staging" has 3 problems',
      '  environments.staging.rotation.schedule: not a schedule of a CronJob, got "hourly", allowed: the five fields of Cron, such as "17 * * * *", fix: write minute, hour, day, month and weekday with one space between them',
      '  environments.staging.rotation.image: not an image with its version, got "secrets", allowed: name:tag or name@digest, fix: name the version that was tested',
      '  environments.staging.rotation.env.KEY: the rotator reads a value that it would replace while it runs, got shop/web.key, allowed: credentials that a person replaces: rotation manual(...), fix: give it an account of its own, with manual(...)',
    ].join('\n'),
  );
});

test.each(['', '* * * *', '* * * * * *', '*  * * * *', 'a * * * *', '1- * * * *'])(
  'fails on the schedule "%s"',
  (schedule) => {
    expect(() => environment({ schedule })).toThrow('not a schedule of a CronJob');
  },
);

test('fails where values do not come from Vault', () => {
  const catalog = defineCatalog({ name: 'shop', workloads: { 'shop-web': workload({ namespace: 'shop', env }) } });
  expect(() => defineEnvironment('local', { catalog, delivery: dotenv({ files: [] }), rotation })).toThrow(
    'environments.local.rotation: only values that come from Vault can be rotated on schedule, got "dotenv"',
  );
});

test('a user name rotates with its password, so that whoever reads the name alone may be restarted too', () => {
  const accounts = vaultSecret('shop/accounts', {
    user: username('shop_a'),
    password: password(40, {
      rotation: alternatingUsers({ database: 'postgresql', users: ['shop_a', 'shop_b'], usernameField: 'user' }),
    }),
    operator: username('operator'),
  });
  expect(rotatesByItself(accounts.user)).toBe(true);
  expect(rotatesByItself(accounts.operator)).toBe(false);
});
