import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../lib/package-root';

const root = packageRoot();

/** Packages that sources load, also those that are asked for at run time only; types are not loaded. */
function loadedBy(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((name) =>
    [
      ...readFileSync(join(root, folder, name), 'utf8')
        .replaceAll(/^import type [^;]*;/gm, '')
        .matchAll(/(?:from|require|resolve|import)[ (]+'([@\w][^']*)'/g),
    ]
      .map(([, specifier = '']) => specifier)
      .filter((specifier) => !specifier.startsWith('node:') && specifier !== 'nivesh-secrets')
      .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')),
  );
}

describe('the package', () => {
  it('depends on everything that it loads, for npm installs no development dependency with it', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const loaded = new Set(['lib', 'stacks'].flatMap(loadedBy));
    expect([...loaded]).toEqual(expect.arrayContaining(['tsx', 'yaml', '@pulumi/pulumi']));
    expect([...loaded].filter((name) => !(name in dependencies))).toEqual([]);
  });
});
