import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImageDeclaration, writeImage } from '../../../lib/embedded/pods/oci-image';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, change: Partial<ImageDeclaration> = {}): Promise<string> {
  await writeFile(join(folder, 'program'), '#!/bin/sh\n', { mode: 0o600 });
  const output = join(folder, name);
  await writeImage(
    {
      name: 'localhost/test/image:1',
      files: { '/bin/program': { copyOf: join(folder, 'program') }, '/etc/passwd': { text: 'root:x:0:0::/:\n' } },
      command: ['/bin/program', 'argument'],
      user: '65532:65532',
      ...change,
    },
    output,
  );
  return output;
}

function entry(tar: string, name: string): Buffer {
  return execFileSync('tar', ['--extract', '--to-stdout', `--file=${tar}`, name]);
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: unknown;
}

/** The configuration and the only layer of an image, when every digest and size is true. */
function partsOf(tar: string): { readonly config: Record<string, unknown>; readonly layer: Buffer } {
  const blob = ({ digest, size }: Descriptor): Buffer => {
    const hash = digest.replace('sha256:', '');
    const content = entry(tar, `./blobs/sha256/${hash}`);
    expect([sha256(content), content.length]).toEqual([hash, size]);
    return content;
  };
  const [described] = json(tar, './index.json').manifests as [Descriptor];
  const manifest = JSON.parse(blob(described).toString()) as { config: Descriptor; layers: [Descriptor] };
  const config = JSON.parse(blob(manifest.config).toString()) as Record<string, unknown>;
  return { config, layer: blob(manifest.layers[0]) };
}

function json(tar: string, name: string): Record<string, unknown> {
  return JSON.parse(entry(tar, name).toString()) as Record<string, unknown>;
}

/** Entries of a layer, without size and time. */
async function listed(layer: Buffer): Promise<string[]> {
  const file = join(folder, 'layer.tar');
  await writeFile(file, layer);
  const list = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', `--file=${file}`]);
  return list
    .toString()
    .split('\n')
    .map((line) => line.replace(/\s+\d+ 1970-\S+ \S+/, ''));
}

test('is an OCI layout in which every digest and size is true', async () => {
  const tar = await write('image.tar');
  expect(json(tar, './oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  const [described] = json(tar, './index.json').manifests as [Descriptor];
  expect(described.annotations).toEqual({ 'io.containerd.image.name': 'localhost/test/image:1' });
  const { config, layer } = partsOf(tar);
  expect(config).toMatchObject({
    os: 'linux',
    config: { Entrypoint: ['/bin/program', 'argument'], User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  expect(await listed(layer)).toEqual([
    'drwxr-xr-x 0/0 ./',
    'drwxr-xr-x 0/0 ./bin/',
    '-rwxr-xr-x 0/0 ./bin/program',
    'drwxr-xr-x 0/0 ./etc/',
    '-rwxr-xr-x 0/0 ./etc/passwd',
    '',
  ]);
});

test('has folders with the links in them, links of its own, and a folder to work in', async () => {
  const project = join(folder, 'project');
  await mkdir(join(project, 'bin'), { recursive: true });
  await writeFile(join(project, 'main.js'), '1', { mode: 0o600 });
  await symlink('../main.js', join(project, 'bin/main'));
  const files = { '/app': { copyOf: project }, '/bin/main': { linkTo: '../app/main.js' } };
  const { config, layer } = partsOf(await write('image.tar', { files, workingFolder: '/app' }));
  expect(config.config).toMatchObject({ WorkingDir: '/app' });
  expect(await listed(layer)).toEqual([
    'drwxr-xr-x 0/0 ./',
    'drwxr-xr-x 0/0 ./app/',
    'drwxr-xr-x 0/0 ./app/bin/',
    'lrwxr-xr-x 0/0 ./app/bin/main -> ../main.js',
    '-rwxr-xr-x 0/0 ./app/main.js',
    'drwxr-xr-x 0/0 ./bin/',
    'lrwxr-xr-x 0/0 ./bin/main -> ../app/main.js',
    '',
  ]);
  expect((await stat(join(project, 'main.js'))).mode & 0o777).toBe(0o600);
});

test('the same files give the same bytes, other files do not', async () => {
  const [first, second] = [await write('first.tar'), await write('second.tar')];
  const other = await write('other.tar', { files: { '/etc/passwd': { text: '' } } });
  expect(sha256(await readFile(second))).toBe(sha256(await readFile(first)));
  expect(sha256(await readFile(other))).not.toBe(sha256(await readFile(first)));
});

test('fails for a file that is not there, and leaves no output', async () => {
  const output = write('image.tar', { files: { '/bin/program': { copyOf: join(folder, 'nothing') } } });
  await expect(output).rejects.toThrow('ENOENT');
  await expect(readFile(join(folder, 'image.tar'))).rejects.toThrow('ENOENT');
});
