import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root';
import { planSetup } from '../../../lib/scanning/setup/project-files';

it('lacks nothing that it gives to others', async () => {
  const files = await planSetup(packageRoot());
  expect(files.filter(({ before, after }) => before !== after)).toEqual([]);
});

it('runs the same versions of actions in each of its workflows', () => {
  const pins = (name: string): string[] =>
    readFileSync(join(packageRoot(), '.github/workflows', name), 'utf8').match(/actions\/[\w-]+@.*/g) ?? [];
  expect(pins('ci.yml')).toEqual(expect.arrayContaining(pins('secret-scan.yml')));
});
