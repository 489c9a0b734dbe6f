import fc from 'fast-check';
import { inMemory } from '../../lib/scanning/git-objects';
import { advance, type TextWindow, textWindows } from '../../lib/scanning/text-windows';

const sizes = { window: 64, overlap: 32 };

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    yield* inMemory(bytes.subarray(at, at + size));
  }
}

async function windowsOf(bytes: Buffer, chunk = 7): Promise<TextWindow[] | undefined> {
  const windows = await textWindows(chunksOf(bytes, chunk), sizes);
  const all: TextWindow[] = [];
  for await (const window of windows ?? []) {
    all.push(window);
  }
  return windows && all;
}

const text = fc
  .array(fc.constantFrom('a', 'b', ' ', '\n', 'é', '日', '🔑', 'needle'), { maxLength: 300 })
  .map((parts) => parts.join(''));

test('every character is owned by exactly one window, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 50 }), async (written, chunk) => {
      const windows = (await windowsOf(Buffer.from(written), chunk)) ?? [];
      expect(windows.map(({ text: part, ownsFrom, ownsTo }) => part.slice(ownsFrom, ownsTo)).join('')).toBe(written);
    }),
  );
});

test('what is no longer than half the overlap is found whole, once, at its line and column', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const windows = (await windowsOf(Buffer.from(written))) ?? [];
      const found = windows.flatMap((window) =>
        [...window.text.matchAll(/needle/g)]
          .filter(({ index }) => index >= window.ownsFrom && index < window.ownsTo)
          .map(({ index }) => advance(window.text, index, window.line, window.column)),
      );
      const expected = [...written.matchAll(/needle/g)].map(({ index }) => advance(written, index, 1, 1));
      expect(found).toEqual(expected);
    }),
  );
});

test.each([
  ['UTF-8', Buffer.from('\ufeffa\nb')],
  ['UTF-16, little end first', Buffer.from('\ufeffa\nb', 'utf16le')],
  ['UTF-16, big end first', Buffer.from('\ufeffa\nb', 'utf16le').swap16()],
])('text in %s with a byte order mark is read without the mark', async (_, bytes) => {
  expect((await windowsOf(bytes, 1))?.map((window) => window.text)).toEqual(['a\nb']);
});

test('an empty file has one empty window, and a file with a zero byte in its begin has none', async () => {
  expect((await windowsOf(Buffer.alloc(0)))?.map((window) => window.text)).toEqual(['']);
  expect(await windowsOf(Buffer.from('text\0'))).toBeUndefined();
  expect(await windowsOf(Buffer.from(`${'x'.repeat(8000)}\0`))).toBeDefined();
});
