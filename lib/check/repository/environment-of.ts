/** Folders whose sub-folders are places of their own. */
const collections: ReadonlySet<string> = new Set([
  'overlays',
  'environments',
  'envs',
  'clusters',
  'examples',
  'fixtures',
  'samples',
  'testdata',
]);

/** What environments are called, and what for. */
const environmentNames: Readonly<Record<string, string>> = {
  dev: 'development',
  development: 'development',
  test: 'test',
  qa: 'qa',
  uat: 'uat',
  stage: 'staging',
  staging: 'staging',
  preprod: 'preprod',
  prod: 'production',
  production: 'production',
  sandbox: 'sandbox',
  local: 'local',
};

/**
 * The environment that a file is for, by its path: `dist/staging/a.yaml`, `overlays/eu/a.yaml`, `backend.prod.yaml`.
 * Files of two environments never meet; a file of none belongs to every one.
 */
export function environmentOf(path: string): string | undefined {
  const segments = path.split('/');
  const file = segments.pop() ?? '';
  const words = file.toLowerCase().split(/[._-]/);
  return known(words.slice(0, -1)) ?? innermost(segments);
}

function innermost(folders: readonly string[]): string | undefined {
  for (let index = folders.length - 1; index >= 0; index--) {
    const folder = folders[index] ?? '';
    const name = known([folder.toLowerCase()]);
    if (name !== undefined) {
      return name;
    }
    if (collections.has(folders[index - 1] ?? '')) {
      return folder;
    }
  }
  return undefined;
}

function known(words: readonly string[]): string | undefined {
  return words
    .map((word) => (Object.hasOwn(environmentNames, word) ? environmentNames[word] : undefined))
    .find((name) => name !== undefined);
}
