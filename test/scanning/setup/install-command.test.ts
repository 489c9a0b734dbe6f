import fc from 'fast-check';
import { installCommand, lockFiles } from '../../../lib/scanning/setup/install-command';

const npm = 'npm ci --ignore-scripts --no-audit --no-fund';
const declared = JSON.stringify({ devDependencies: { 'nivesh-secrets': '1.0.0' } });

test.each([
  [['package-lock.json'], npm],
  [['npm-shrinkwrap.json'], npm],
  [['pnpm-lock.yaml'], 'corepack enable && pnpm install --frozen-lockfile --ignore-scripts'],
  [['pnpm-lock.yaml', 'package-lock.json', 'yarn.lock'], npm],
])('beside %j the packages are installed by %j', (present, command) => {
  expect(installCommand(declared, new Set(present))).toEqual({ command, problems: [] });
});

test.each([
  { name: 'nivesh-secrets' },
  { dependencies: { 'nivesh-secrets': '1.0.0' } },
  { devDependencies: { 'nivesh-secrets': 'file:../package' }, dependencies: { jest: '1.0.0' } },
])('%j has the program', (manifest) => {
  expect(installCommand(JSON.stringify(manifest), new Set(lockFiles)).problems).toEqual([]);
});

test.each<[string | undefined, string]>([
  [undefined, 'no such file'],
  ['{}', '""'],
  [JSON.stringify({ dependencies: { jest: '1' }, devDependencies: { zod: '2' } }), '"jest, zod"'],
  ['{ "dependencies": ["nivesh-secrets"] }', '""'],
  ['{ "dependencies": ', '""'],
])('fails for a manifest %j that does not have it', (manifest, got) => {
  expect(installCommand(manifest, new Set(lockFiles)).problems).toEqual([
    {
      path: 'package.json',
      what: 'the hook and the workflow run nivesh-secrets, and it is no dependency',
      got,
      allowed: 'nivesh-secrets in "dependencies" or "devDependencies"',
      fix: 'install it in the top folder of the repository',
    },
  ]);
});

test('fails without a lock file that is known, with what else is wrong', () => {
  const { command, problems } = installCommand('{}', new Set(['yarn.lock']));
  expect([command, problems.map(({ what }) => what)]).toEqual([
    '',
    [
      'the hook and the workflow run nivesh-secrets, and it is no dependency',
      'no lock file says which packages the workflow installs',
    ],
  ]);
});

test('whatever a manifest holds, there is a command or a problem says why', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.subarray([...lockFiles, 'yarn.lock']), (manifest, present) => {
      const { command, problems } = installCommand(manifest, new Set(present));
      expect(command === '').toBe(problems.some(({ what }) => what.startsWith('no lock file')));
    }),
  );
});
