import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

test('is an OCI layout in which every digest and size is true', async () => {
  const tar = await write('image.tar');
  const json = (name: string): Record<string, unknown> =>
    JSON.parse(entry(tar, name).toString()) as Record<string, unknown>;
  const blob = ({ digest, size }: Descriptor): Buffer => {
    const hash = digest.replace('sha256:', '');
    const content = entry(tar, `./blobs/sha256/${hash}`);
    expect([sha256(content), content.length]).toEqual([hash, size]);
    return content;
  };
  expect(json('./oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  const [described] = json('./index.json').manifests as [Descriptor];
  expect(described.annotations).toEqual({ 'io.containerd.image.name': 'localhost/test/image:1' });
  const manifest = JSON.parse(blob(described).toString()) as { config: Descriptor; layers: [Descriptor] };
  const layer = blob(manifest.layers[0]);
  expect(JSON.parse(blob(manifest.config).toString())).toMatchObject({
    os: 'linux',
    config: { Entrypoint: ['/bin/program', 'argument'], User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  await writeFile(join(folder, 'layer.tar'), layer);
  const listed = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', `--file=${join(folder, 'layer.tar')}`]);
  expect(
    listed
      .toString()
      .split('\n')
      .map((line) => line.replace(/\s+\d+ 1970-\S+ \S+/, '')),
  ).toEqual([
    'drwxr-xr-x 0/0 ./',
    'drwxr-xr-x 0/0 ./bin/',
    '-rwxr-xr-x 0/0 ./bin/program',
    'drwxr-xr-x 0/0 ./etc/',
    '-rwxr-xr-x 0/0 ./etc/passwd',
    '',
  ]);
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
