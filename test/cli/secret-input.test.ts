import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readSecretFromStdin, readSecretMap } from '../../lib/cli/secret-input';

const piped = (text: string): NodeJS.ReadStream => Readable.from([text]) as unknown as NodeJS.ReadStream;

describe('secret input', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-input-'));
  const value = randomBytes(8).toString('hex');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function file(name: string, content: string, mode: number): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  it('reads one value and leaves out the newline at its end', async () => {
    expect((await readSecretFromStdin(piped(`${value}\n`))).reveal()).toBe(value);
    expect((await readSecretFromStdin(piped(`${value}\n\n`))).reveal()).toBe(`${value}\n`);
  });

  it('reads a map of paths, fields and values', async () => {
    const path = file('values.yaml', `nivesh/huggingface:\n  token: "${value}"\n`, 0o600);
    const map = await readSecretMap(path);
    expect([...map.keys()]).toEqual(['nivesh/huggingface.token']);
    expect(map.get('nivesh/huggingface.token')?.reveal()).toBe(value);
    expect((await readSecretMap('-', piped(JSON.stringify({ a: { b: value } })))).get('a.b')?.reveal()).toBe(value);
  });

  it('fails when others can read the file', async () => {
    const path = file('open.yaml', `a: { b: "${value}" }`, 0o644);
    await expect(readSecretMap(path)).rejects.toMatchObject({
      message: `${path} can be read by others, its mode is 0644, allowed: 0600 or 0400`,
      fix: `chmod 600 ${path}`,
      code: 2,
    });
  });

  it('fails on a file that is not there', async () => {
    await expect(readSecretMap(join(folder, 'absent'))).rejects.toMatchObject({ code: 2, fix: 'correct the path' });
  });

  it.each([
    ['broken YAML', `a: "${value}`],
    ['a value in place of a map', `a: ${value}`],
    ['a list', `- ${value}`],
  ])('fails on %s without showing a value', async (_, content) => {
    const error: unknown = await readSecretMap('-', piped(content)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 2 });
    expect(String(error)).not.toContain(value);
  });

  it.each(['', '\n'])('fails on nothing, and says how values are written: %j', async (content) => {
    await expect(readSecretMap('-', piped(content))).rejects.toMatchObject({
      message: 'standard input is empty',
      fix: 'write {"path/of/secret": {"field": "value"}}, each value in quotes',
    });
  });

  it('fails on a terminal, where the value would be echoed', async () => {
    const terminal = Object.assign(piped(value), { isTTY: true });
    await expect(readSecretFromStdin(terminal)).rejects.toMatchObject({ code: 2 });
  });
});
