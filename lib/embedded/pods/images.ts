import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { quoted } from '../../catalog';
import { usageError } from '../../cli/errors';
import { packageRoot } from '../../package-root';
import { type Reporter, silentReporter } from '../reporter';
import { CacheEntry, cacheFolder } from '../toolchain/cache';
import { cacheKey } from '../toolchain/cache-key';
import { checkGoVersion, findGo, runGo } from '../toolchain/go';
import { type ImageDeclaration, type ImageFile, sha256OfFile, writeImage } from './oci-image';

const execute = promisify(execFile);

/** Reference of the image that holds a pod's namespaces. `localhost` is no registry that anybody pulls from. */
export const pauseImage = 'localhost/nivesh-secrets/pause:1';

/** Reference of the image with the running node binary. Its own command stands in for a program that serves. */
export const nodeImage = 'localhost/nivesh-secrets/node:1';

/** Where the node image has its binary. */
export const nodeInImage = '/usr/local/bin/node';

/** Numbers of a user and group that no system has for itself. */
const unprivileged = '65532:65532';

/**
 * Stands in for any program: tells the names of its variables, and answers on the port that `PORT` names, as probes
 * want it. As process 1 it must ask for signals to be ended by one.
 */
const standInProgram = `console.log('runs with', Object.keys(process.env).sort().join(' '));
const server = require('node:http').createServer((request, response) => response.end('ok\\n'));
server.listen(Number(process.env.PORT ?? 0));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit());
`;

/** See {@link ensureImages}. */
export interface ImageOptions {
  /** @default - no progress */
  readonly reporter?: Reporter;
  /** Variables: the cache's place. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends a build when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Tar files of the images that pods need, made once and kept in the cache by what is in them.
 * @throws CliError when Go, which builds the pause program, is missing
 */
export async function ensureImages(options: ImageOptions = {}): Promise<string[]> {
  const pause = await ensurePauseProgram(options);
  const declarations: ImageDeclaration[] = [
    { name: pauseImage, files: { '/pause': { copyOf: pause } }, command: ['/pause'], user: unprivileged },
    { name: nodeImage, files: await nodeFiles(), command: [nodeInImage, '/app/stand-in.js'], user: unprivileged },
  ];
  return await Promise.all(declarations.map(async (declaration) => await ensureImage(declaration, options)));
}

async function ensureImage(image: ImageDeclaration, options: ImageOptions): Promise<string> {
  const name = `image-${/([^/]*):/.exec(image.name)?.[1] ?? ''}`;
  const entry = new CacheEntry(cacheFolder(options.environment), name, await imageKey(image));
  await entry.ensure(async (output) => {
    await writeImage(image, output);
  }, options.reporter ?? silentReporter);
  return entry.binary;
}

/** Changes with everything that an image is declared with, and with the content of every file. */
export async function imageKey(image: ImageDeclaration): Promise<string> {
  const files = await Promise.all(
    Object.entries(image.files).map(async ([path, file]) => [path, await contentKey(file)]),
  );
  const all = JSON.stringify({ ...image, files, architecture: process.arch });
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

async function contentKey(file: ImageFile): Promise<ImageFile> {
  return 'copyOf' in file ? { copyOf: await sha256OfFile(file.copyOf) } : file;
}

/** The running node binary with its libraries, and users for it. */
export async function nodeFiles(): Promise<Record<string, ImageFile>> {
  return {
    ...(await programFiles(process.execPath, nodeInImage)),
    '/app/stand-in.js': { text: standInProgram },
    '/etc/passwd': { text: 'root:x:0:0::/:/bin/false\nnode:x:65532:65532::/:/bin/false\n' },
    '/etc/group': { text: 'root:x:0:\nnode:x:65532:\n' },
  };
}

/**
 * A program of this machine and the libraries that its loader takes.
 * @param path in the image @default - where it is on this machine
 */
export async function programFiles(program: string, path = program): Promise<Record<string, ImageFile>> {
  const binary = await realpath(program);
  const { stdout } = await execute('ldd', [binary]).catch(() => ({ stdout: '' }));
  const libraries = await Promise.all(
    librariesOf(stdout).map(async (library) => [library, { copyOf: await realpath(library) }] as const),
  );
  return { ...Object.fromEntries(libraries), [path]: { copyOf: binary } };
}

/** Paths in what `ldd` prints; none of a static binary. `linux-vdso` is no file. */
export function librariesOf(output: string): string[] {
  return output
    .split('\n')
    .map((line) => /(?:^|\s)(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1])
    .filter((path) => path !== undefined);
}

/** A reference by a tag (https://pkg.go.dev/github.com/distribution/reference#pkg-overview), without its rarer forms. */
const referenceShape =
  /^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?$/;

/**
 * Refuses what no image can be called.
 * @throws CliError that names all of them
 */
export function checkReferences(references: readonly string[]): void {
  const wrong = references.filter((reference) => !referenceShape.test(reference));
  if (wrong.length > 0) {
    throw usageError(
      `not ${wrong.length === 1 ? 'a reference' : 'references'} of images, got ${wrong.map(quoted).join(', ')}, allowed: lower-case names with a tag, without a digest`,
      'write them as manifests have them, such as nivesh/backend:1.0.0',
    );
  }
}

/**
 * What kubelet takes a short name for: `grafana` is `docker.io/library/grafana:latest`
 * (https://pkg.go.dev/github.com/distribution/reference#ParseNormalizedNamed).
 */
export function fullReference(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = hasRegistry ? reference : `docker.io/${rest.length === 0 ? 'library/' : ''}${reference}`;
  return /[:@][^/]*$/.test(path) ? path : `${path}:latest`;
}

/** The pause program of tools/go/pause: a static binary. */
async function ensurePauseProgram(options: ImageOptions): Promise<string> {
  const folder = join(packageRoot(), 'tools', 'go', 'pause');
  const go = await findGo('pause', folder);
  const buildArguments = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '.'];
  const key = await cacheKey({ folder, buildArguments, go });
  const entry = new CacheEntry(cacheFolder(options.environment), 'pause', key);
  await entry.ensure(async (binary) => {
    await checkGoVersion('pause', go, folder);
    const [command = '', ...rest] = buildArguments;
    await runGo('pause', [command, '-o', binary, ...rest], { folder, signal: options.signal });
  }, options.reporter ?? silentReporter);
  return entry.binary;
}
