import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFiles, nodeInImage, programFiles } from '../../../../lib/embedded/pods/images';
import { type ImageFile, writeImage } from '../../../../lib/embedded/pods/oci-image';
import { packageRoot } from '../../../../lib/package-root';
import { images, packageFolder } from './project';

const projectInImage = '/project';
const packagesInImage = `${projectInImage}/node_modules`;

/**
 * Writes the rotator's image as the owner of a project would make it: Node with npm, a shell, and the project with what
 * `npm ci --omit=dev` installs. Its command and its user are others than those of the CronJob.
 * @param project its folder
 * @param output tar of an OCI layout
 */
export async function writeRotatorImage(project: string, output: string): Promise<void> {
  const installed = join(project, 'node_modules/nivesh-secrets');
  await writeImage(
    {
      name: `docker.io/${images.rotator}`,
      files: {
        ...(await nodeFiles()),
        ...(await programFiles('/bin/sh')),
        ...(await programFiles('/usr/bin/env')),
        ...npmFiles(),
        ...copies(packagesInImage, productionPackages(), packageFolder),
        ...copies(`${packagesInImage}/nivesh-secrets`, ['build', 'package.json'], (part) => join(installed, part)),
        [`${packagesInImage}/.bin/nivesh-secrets`]: { linkTo: '../nivesh-secrets/build/lib/cli/main.js' },
        ...copies(projectInImage, ['package.json', '.npmrc', 'environments.ts'], (name) => join(project, name)),
      },
      command: [nodeInImage],
      user: '1000:1000',
      workingFolder: projectInImage,
    },
    output,
  );
}

type Files = Readonly<Record<string, ImageFile>>;

function copies(folder: string, names: readonly string[], sourceOf: (name: string) => string): Files {
  return Object.fromEntries(names.map((name) => [`${folder}/${name}`, { copyOf: sourceOf(name) }]));
}

function npmFiles(): Files {
  const packages = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  return {
    '/usr/local/lib/node_modules/npm': { copyOf: realpathSync(join(packages, 'npm')) },
    '/usr/local/bin/npx': { linkTo: '../lib/node_modules/npm/bin/npx-cli.js' },
  };
}

/** Names of what npm installs for production on this machine. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(lock.packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([path]) => /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1])
    .filter((name) => name !== undefined)
    .filter((name) => existsSync(join(packageRoot(), 'node_modules', name)));
}
