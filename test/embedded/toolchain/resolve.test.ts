import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveTool } from '../../../lib/embedded/toolchain/resolve';
import type { GoTool } from '../../../lib/embedded/toolchain/tools';
import { makeGoProxy, makePinningModule, tinyModule } from '../support/go-proxy';
import { RecordingReporter } from '../support/reporter';
import { temporaryFolder } from '../support/temporary';

describe('resolveTool', () => {
  const folder = temporaryFolder();
  const before = { ...process.env };
  let tool: GoTool;
  let environment: NodeJS.ProcessEnv;

  beforeEach(() => {
    const variables = makeGoProxy(folder());
    Object.assign(process.env, variables);
    environment = { PATH: '', NIVESH_SECRETS_CACHE: join(folder(), 'cache') };
    tool = {
      type: 'go',
      name: 'tiny',
      folder: makePinningModule(folder(), variables),
      module: tinyModule.name,
      package: tinyModule.name,
      linkFlags: () => '-s -w',
      versionArguments: [],
      fromPath: { allowed: 'the same', accepts: (found, pinned) => found.text === pinned.text },
      coldMinutes: 1,
    };
  });

  afterEach(() => {
    for (const name of Object.keys(process.env)) {
      Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, before);
  });

  function script(name: string, text: string): string {
    const file = join(folder(), name, 'tiny');
    mkdirSync(join(folder(), name));
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  it('builds once, then uses the cache', async () => {
    const reporter = new RecordingReporter();
    const built = await resolveTool(tool, { environment, reporter });
    expect(built).toMatchObject({ version: '1.2.3', source: 'made' });
    expect(reporter.lines).toEqual(['building tiny 1.2.3', expect.stringMatching(/^built tiny 1\.2\.3 in [\d.]+ s$/)]);
    expect(await resolveTool(tool, { environment })).toEqual({ ...built, source: 'cache' });
  });

  it('builds a damaged binary again, with a line that says why', async () => {
    const { path } = await resolveTool(tool, { environment });
    truncateSync(path, 100);
    const reporter = new RecordingReporter();
    expect(await resolveTool(tool, { environment, reporter })).toMatchObject({ source: 'made' });
    expect(reporter.lines[0]).toMatch(/^tiny: the cached binary is damaged \(100 bytes, not \d+\), making it again$/);
  });

  it('puts an overlay over the sources before it builds', async () => {
    mkdirSync(join(tool.folder, 'overlay'));
    writeFileSync(
      join(tool.folder, 'overlay', 'version.go'),
      'package main\n\nfunc version() string { return "overlaid" }\n',
    );
    const { path } = await resolveTool({ ...tool, package: '.' }, { environment });
    expect(readFileSync(path).includes('overlaid')).toBe(true);
  });

  it('takes a good version from PATH', async () => {
    const path = script('good', 'echo tiny v1.2.3');
    expect(await resolveTool(tool, { environment: { ...environment, PATH: join(folder(), 'good') } })).toEqual({
      name: 'tiny',
      path,
      version: '1.2.3',
      source: 'path',
    });
  });

  it.each(['echo tiny v1.2.2', 'exit 1', 'echo no version'])('leaves one on PATH alone that says: %s', async (text) => {
    script('bad', text);
    expect(await resolveTool(tool, { environment: { ...environment, PATH: join(folder(), 'bad') } })).toMatchObject({
      source: 'made',
    });
  });

  it('takes the binary that a variable names', async () => {
    const path = script('other', 'echo tiny v9.9.9');
    expect(await resolveTool(tool, { environment: { ...environment, NIVESH_SECRETS_TINY: path } })).toEqual({
      name: 'tiny',
      path,
      version: '9.9.9',
      source: 'override',
    });
  });

  it('fails for a variable that names no program', async () => {
    const missing = resolveTool(tool, { environment: { ...environment, NIVESH_SECRETS_TINY: '/nowhere/tiny' } });
    await expect(missing).rejects.toMatchObject({
      message: 'NIVESH_SECRETS_TINY names /nowhere/tiny, which is no executable file',
      code: 2,
    });
    const path = script('broken', 'echo broken >&2; exit 1');
    const broken = resolveTool(tool, { environment: { ...environment, NIVESH_SECRETS_TINY: path } });
    await expect(broken).rejects.toThrow('which does not run');
  });

  it('fails for a fresh binary that does not run, and keeps nothing of it', async () => {
    const overlay = join(tool.folder, 'overlay', 'version.go');
    mkdirSync(join(tool.folder, 'overlay'));
    writeFileSync(overlay, 'package main\n\nfunc version() string { panic("not here") }\n');
    const broken = { ...tool, package: '.' };
    await expect(resolveTool(broken, { environment })).rejects.toThrow('tiny does not run on this machine');
    expect(readdirSync(join(folder(), 'cache', 'tiny'))).toEqual([]);
  });
});
