import { spawn } from 'node:child_process';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { parseEnvironment, processEnvironment } from '../../../lib/embedded/pods/process-environment';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/);
const value = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));

test('reads every value whole, with line ends and equal signs', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (variables) => {
      const text = Object.entries(variables)
        .map(([key, content]) => `${key}=${content}\0`)
        .join('');
      const read = [...parseEnvironment(text)].map(([key, secret]) => [key, secret.reveal()]);
      expect(Object.fromEntries(read)).toEqual(variables);
    }),
  );
});

test('shows no value in messages', () => {
  const given = 'a value that nobody may see';
  expect(inspect(parseEnvironment(`NAME=${given}\0`), { depth: null })).toBe("Map(1) { 'NAME' => [secret] }");
});

test('reads what a process was started with', async () => {
  const child = spawn('sleep', ['30'], { env: { ONE: '1', TWO: 'a\nb=c' }, stdio: 'ignore' });
  try {
    await new Promise((resolve) => child.once('spawn', resolve));
    const variables = await processEnvironment(child.pid ?? 0);
    expect([...variables].map(([key, secret]) => [key, secret.reveal()])).toEqual([
      ['ONE', '1'],
      ['TWO', 'a\nb=c'],
    ]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('fails for a process that is gone', async () => {
  await expect(processEnvironment(2 ** 30)).rejects.toThrow('ENOENT');
});
