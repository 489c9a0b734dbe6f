import { runProgram, timed } from './measure';

describe('runProgram', () => {
  it('gives what a program printed, its times and its memory', async () => {
    const busy =
      'const end = Date.now() + 200; Buffer.alloc(2 ** 27, 1); while (Date.now() < end); console.log("done")';
    const { stdout, measures } = await runProgram(process.execPath, ['-e', busy]);
    expect(stdout).toBe('done\n');
    expect(measures.time).toBeGreaterThan(0.2);
    expect(measures.processor).toBeGreaterThan(0.05);
    expect(measures.memory).toBeGreaterThan(128);
  });

  it('counts the memory of what the program starts', async () => {
    const child = 'Buffer.alloc(2 ** 28, 1)';
    const program = `require("child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(child)}])`;
    const { measures } = await runProgram(process.execPath, ['-e', program]);
    expect(measures.memory).toBeGreaterThan(256);
  });

  it('fails where a program ends with another code than it should', async () => {
    await expect(runProgram(process.execPath, ['-e', 'console.error("no"); process.exit(3)'])).rejects.toThrow(
      /ended with 3: no/,
    );
    expect((await runProgram(process.execPath, ['-e', 'process.exit(3)'], { codes: [3] })).stdout).toBe('');
  });
});

describe('timed', () => {
  it('gives the time of one repetition, and the last result', async () => {
    let calls = 0;
    const since = performance.now();
    const { result, measures } = await timed(() => {
      calls++;
      return new Promise((resolve) => setTimeout(resolve, 20, calls));
    }, 5);
    expect(result).toBe(5);
    expect(measures.time).toBeGreaterThan(0.015);
    expect(measures.time * 5).toBeLessThanOrEqual((performance.now() - since) / 1000);
  });
});
