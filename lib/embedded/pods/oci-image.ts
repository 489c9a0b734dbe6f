import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A part of an image: a copy of a file or folder of this machine, a text, or a symbolic link. */
export type ImageFile = { readonly copyOf: string } | { readonly text: string } | { readonly linkTo: string };

/** An image with one layer. */
export interface ImageDeclaration {
  /** Full reference, `domain/path:tag`. */
  readonly name: string;
  /** Absolute path in the image to its file. Folders follow from the files. */
  readonly files: Readonly<Record<string, ImageFile>>;
  /** What runs, the arguments included. */
  readonly command: readonly string[];
  /** Numbers `user:group`: a name cannot be checked against `runAsNonRoot`. */
  readonly user: string;
  /** Where it runs. @default - the root folder */
  readonly workingFolder?: string;
}

/** Node's names of processors to those of images (https://go.dev/doc/install/source#environment). */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const mediaType = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/**
 * Writes an image as a tar of an OCI layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md),
 * which `ctr images import` reads. The same files give the same bytes.
 */
export async function writeImage(image: ImageDeclaration, output: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'nivesh-secrets-image-'));
  try {
    const root = join(work, 'root');
    await writeFiles(image.files, root);
    const layout = join(work, 'layout');
    const blobs = join(layout, 'blobs', 'sha256');
    await mkdir(blobs, { recursive: true });
    const layerTar = join(work, 'layer.tar');
    await makeTar(root, layerTar);
    const layer = { mediaType: mediaType.layer, ...(await describe(layerTar)) };
    await rename(layerTar, join(blobs, hashOf(layer.digest)));

    const config = await addJson(blobs, mediaType.config, {
      architecture: architectures[process.arch] ?? process.arch,
      os: 'linux',
      config: {
        Entrypoint: image.command,
        User: image.user,
        ...(image.workingFolder === undefined ? {} : { WorkingDir: image.workingFolder }),
      },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    });
    const manifest = await addJson(blobs, mediaType.manifest, {
      schemaVersion: 2,
      mediaType: mediaType.manifest,
      config,
      layers: [layer],
    });
    // The name in a form that containerd takes as it is.
    const annotations = { 'io.containerd.image.name': image.name };
    const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
    await writeFile(join(layout, 'index.json'), JSON.stringify(index));
    await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await makeTar(layout, output);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

async function writeFiles(files: ImageDeclaration['files'], root: string): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if ('text' in file) {
      await writeFile(target, file.text);
    } else if ('linkTo' in file) {
      await symlink(file.linkTo, target);
    } else {
      await copy(file.copyOf, target);
    }
  }
}

async function copy(source: string, target: string): Promise<void> {
  if (!(await stat(source)).isDirectory()) {
    await copyFile(source, target);
    return;
  }
  // Thousands of files are linked and unlinked in no time. Other file systems, and files of others, have to be copied.
  const copyFolder = async (...how: string[]): Promise<unknown> =>
    await execute('cp', ['--archive', ...how, '--no-target-directory', source, target]);
  await copyFolder('--link').catch(async () => await copyFolder());
}

/**
 * Order, owner, mode and time of the entries are fixed, so that the bytes are. Whoever a pod runs as can read and run
 * all of them.
 */
async function makeTar(folder: string, output: string): Promise<void> {
  const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=755'];
  await execute('tar', ['--create', '--format=ustar', ...fixed, `--file=${output}`, `--directory=${folder}`, '.']);
}

async function addJson(blobs: string, type: string, content: unknown): Promise<Descriptor> {
  const text = JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(join(blobs, hashOf(digest)), text);
  return { mediaType: type, digest, size: Buffer.byteLength(text) };
}

async function describe(file: string): Promise<Omit<Descriptor, 'mediaType'>> {
  return { digest: `sha256:${await sha256OfFile(file)}`, size: (await stat(file)).size };
}

function hashOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

/** Hexadecimal SHA-256 of a file's content. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
