import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../../../lib/cli/errors';
import { checkGoVersion, explainGoFailure, findGo, pinnedVersion, runGo } from '../../../lib/embedded/toolchain/go';
import { makeGoProxy, makePinningModule, tinyModule } from '../support/go-proxy';
import { temporaryFolder } from '../support/temporary';

async function failureOf(work: Promise<unknown>): Promise<CliError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError)) {
    throw new Error(`no CliError but ${String(error)}`);
  }
  return error;
}

describe('the go command', () => {
  const folder = temporaryFolder();
  const before = { ...process.env };
  let pinning: string;

  beforeEach(() => {
    const variables = makeGoProxy(folder());
    pinning = makePinningModule(folder(), variables);
    Object.assign(process.env, variables);
  });

  afterEach(() => {
    for (const name of Object.keys(process.env)) {
      Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, before);
  });

  /** As if the module had to be downloaded again. */
  function forgetDownloads(): void {
    process.env.GOMODCACHE = join(folder(), 'modules-again');
  }

  it('builds a pinned module', async () => {
    forgetDownloads();
    await runGo('tiny', ['build', '-o', join(folder(), 'tiny'), tinyModule.name], { folder: pinning });
    expect(readFileSync(join(folder(), 'tiny')).length).toBeGreaterThan(1000);
  });

  it('fails in one line, with the fix, for a download that is not what go.sum pins', async () => {
    forgetDownloads();
    const file = join(pinning, 'go.sum');
    const wrong = Buffer.alloc(32).toString('base64');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^(\S+ \S+[0-9]) h1:.*$/m, `$1 h1:${wrong}`));
    const error = await failureOf(runGo('tiny 1.2.3', ['build', tinyModule.name], { folder: pinning }));
    expect(error.code).toBe(3);
    expect(error.message).toBe(
      'tiny 1.2.3 is not built: the download of example.test/tiny@v1.2.3 is corrupt (checksum mismatch with go.sum)',
    );
    expect(error.fix).toContain('go clean -modcache');
  });

  it('fails in one line for a download that was cut off', async () => {
    forgetDownloads();
    const archive = join(folder(), 'proxy', tinyModule.name, '@v', `${tinyModule.version}.zip`);
    writeFileSync(archive, readFileSync(archive).subarray(0, 100));
    const error = await failureOf(runGo('tiny', ['build', tinyModule.name], { folder: pinning }));
    expect(error.message).toBe('tiny is not built: the download of a module is corrupt (zip: not a valid zip file)');
  });

  it('fails in one line without a module proxy', async () => {
    forgetDownloads();
    process.env.GOPROXY = 'off';
    const error = await failureOf(runGo('tiny', ['build', tinyModule.name], { folder: pinning }));
    expect(error.message).toMatch(/^tiny cannot be built: .*GOPROXY=off$/);
    expect(error.fix).toContain('set GOPROXY');
  });

  it('fails in one line without go on PATH', async () => {
    process.env.PATH = folder();
    const error = await failureOf(findGo('tiny', pinning));
    expect(error.message).toBe('tiny must be built, and there is no "go" on PATH');
    expect(error.fix).toContain('install Go');
  });

  it('fails in one line when it is interrupted', async () => {
    const error = await failureOf(
      runGo('tiny', ['build', tinyModule.name], { folder: pinning, signal: AbortSignal.abort() }),
    );
    expect(error.message).toBe('tiny was interrupted while it was built');
  });

  it('never changes go.mod or go.sum', async () => {
    writeFileSync(join(pinning, 'go.sum'), '');
    const error = await failureOf(runGo('tiny', ['build', tinyModule.name], { folder: pinning }));
    expect(error.message).toContain('missing go.sum entry');
    expect(readFileSync(join(pinning, 'go.sum'), 'utf8')).toBe('');
  });
});

describe('checkGoVersion', () => {
  const folder = temporaryFolder();

  it.each([
    ['go1.26.8', '1.26', true],
    ['go1.26.0', '1.26.8', false],
    ['go1.9', '1.26', false],
    ['go1.27rc1', '1.26.8', true],
    ['go2.0', '1.26', true],
  ])('%s serves a go.mod that says %s: %s', async (version, wanted, serves) => {
    writeFileSync(join(folder(), 'go.mod'), `module a\n\ngo ${wanted}\n`);
    const checked = checkGoVersion('tiny', { version, platform: 'linux/amd64/1' }, folder());
    if (serves) {
      await expect(checked).resolves.toBeUndefined();
    } else {
      expect((await failureOf(checked)).message).toBe(`tiny needs Go ${wanted} or later, here is ${version}`);
    }
  });
});

describe('pinnedVersion', () => {
  const folder = temporaryFolder();

  it.each([
    ['require example.test/tiny v1.2.3\n', '1.2.3'],
    ['require (\n\texample.test/tiny/sub v9.9.9\n\texample.test/tiny v1.2.3 // indirect\n)\n', '1.2.3'],
  ])('reads %j', async (text, version) => {
    writeFileSync(join(folder(), 'go.mod'), `module a\n\n${text}`);
    expect((await pinnedVersion(folder(), 'example.test/tiny')).text).toBe(version);
  });

  it('fails for a module that is not required', async () => {
    mkdirSync(join(folder(), 'x'));
    writeFileSync(join(folder(), 'x', 'go.mod'), 'module a\n');
    await expect(pinnedVersion(join(folder(), 'x'), 'example.test/tiny')).rejects.toThrow('pins no version');
  });
});

describe('explainGoFailure', () => {
  const failed = Object.assign(new Error('Command failed'), { code: 1 });

  it.each([
    ['go: github.com/x/y@v1: Get "https://proxy": dial tcp: lookup proxy: no such host', 'set GOPROXY'],
    ['go: go.mod requires go >= 1.27 (running go 1.26.8; GOTOOLCHAIN=local)', 'install the Go version'],
    ['write /tmp/x: no space left on device', 'disk space'],
    ['# a/b\nb.go:1:1: undefined: c', 'tools/go'],
  ])('says the last reason of %j and a fix', (stderr, fix) => {
    const error = explainGoFailure('tiny', failed, `go: downloading a v1\n${stderr}\n`);
    expect(error.message.split('\n')).toHaveLength(1);
    expect(error.message).toContain(stderr.split('\n').at(-1));
    expect(error.fix).toContain(fix);
  });
});
