import { execFile, type ExecFileException } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliError, environmentError } from '../../cli/errors';
import { findVersion, type Version } from './tools';

/** The Go installation that builds. */
export interface GoInstallation {
  /** Such as `go1.26.8`. */
  readonly version: string;
  /** What else the result depends on: operating system, processor, whether C is linked. */
  readonly platform: string;
}

/** How the `go` command is run. */
export interface GoOptions {
  /** Folder of a go.mod. */
  readonly folder: string;
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Never another Go than the one here, never a changed go.mod or go.sum, never a workspace around us.
 * Proxy and cache stay those of the machine.
 */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
}

/**
 * Runs `go` and gives its standard output.
 * @param subject what is being made, for the message
 * @throws CliError with one line that says why it failed and how to go on
 */
export async function runGo(subject: string, args: readonly string[], options: GoOptions): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile(
      'go',
      [...args],
      {
        cwd: options.folder,
        env: goEnvironment(),
        maxBuffer: 64 * 1024 * 1024,
        // The go command stops its compilers itself on an interrupt, not on SIGTERM.
        killSignal: 'SIGINT',
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, stdout, stderr) => {
        if (error) {
          reject(explainGoFailure(subject, error, stderr));
        } else {
          resolve(stdout);
        }
      },
    );
  });
}

/** One line, and the fix, for what the go command said. */
export function explainGoFailure(subject: string, error: ExecFileException, stderr: string): CliError {
  if (error.code === 'ENOENT') {
    return environmentError(
      `${subject} must be built, and there is no "go" on PATH`,
      'install Go 1.26 or later (https://go.dev/dl/), then run this again',
    );
  }
  if (error.name === 'AbortError') {
    return environmentError(`${subject} was interrupted while it was built`, 'run this again');
  }
  const corrupt = corruptDownload(stderr);
  if (corrupt !== undefined) {
    return environmentError(
      `${subject} is not built: ${corrupt}`,
      'run "go clean -modcache", then this again; if it stays, the proxy in "go env GOPROXY" serves other files',
    );
  }
  const reason = lastReason(stderr) ?? error.message.split('\n')[0] ?? 'no reason given';
  return environmentError(`${subject} cannot be built: ${reason}`, fixFor(reason));
}

function corruptDownload(stderr: string): string | undefined {
  const module = /verifying (\S+?): checksum mismatch/.exec(stderr)?.[1];
  if (module !== undefined) {
    return `the download of ${module} is corrupt (checksum mismatch with go.sum)`;
  }
  // The go command does not name the module.
  const damage = /zip: [^\n]*|unexpected EOF/.exec(stderr)?.[0];
  return damage === undefined ? undefined : `the download of a module is corrupt (${damage})`;
}

function fixFor(reason: string): string {
  if (/requires go >= |go\.mod requires go/.test(reason)) {
    return 'install the Go version that it names, or a later one (https://go.dev/dl/)';
  }
  if (/dial tcp|no such host|i\/o timeout|proxyconnect|connection re|TLS handshake|GOPROXY=off/.test(reason)) {
    return 'connect to the internet or set GOPROXY to a mirror, then run this again';
  }
  if (reason.includes('no space left')) {
    return 'free 10 GB of disk space, then run this again';
  }
  return 'run "go build" in the folder of its go.mod under tools/go to see more';
}

/** The go command ends with the reason, after lines of progress; advice is indented below it. */
function lastReason(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:\s|#|go: downloading )/.test(line))
    .at(-1)
    ?.replace(/; to add(?: it)?:$/, '');
}

/**
 * The Go on PATH.
 * @throws CliError when there is none
 */
export async function findGo(subject: string, folder: string): Promise<GoInstallation> {
  const output = await runGo(subject, ['env', 'GOVERSION', 'GOOS', 'GOARCH', 'CGO_ENABLED'], { folder });
  const [version = '', ...platform] = output.trim().split('\n');
  return { version, platform: platform.join('/') };
}

/**
 * Refuses a Go that is older than a go.mod asks for, before it downloads anything.
 * @throws CliError with both versions
 */
export async function checkGoVersion(subject: string, go: GoInstallation, folder: string): Promise<void> {
  const wanted = /^go (\S+)/m.exec(await readFile(join(folder, 'go.mod'), 'utf8'))?.[1] ?? '0';
  if (compareVersions(go.version.replace(/^go/, ''), wanted) < 0) {
    throw environmentError(
      `${subject} needs Go ${wanted} or later, here is ${go.version}`,
      'install a later Go (https://go.dev/dl/), then run this again',
    );
  }
}

function compareVersions(left: string, right: string): number {
  const parts = (text: string): number[] => text.split(/[^0-9]+/).map(Number);
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/**
 * Version of a module that a go.mod pins.
 * @throws CliError when go.mod does not name it
 */
export async function pinnedVersion(folder: string, module: string): Promise<Version> {
  const text = await readFile(join(folder, 'go.mod'), 'utf8');
  const line = text.split('\n').find((candidate) =>
    candidate
      .replace(/^require/, '')
      .trim()
      .startsWith(`${module} v`),
  );
  const version = line === undefined ? undefined : findVersion(line.split(` v`)[1] ?? '');
  if (!version) {
    throw environmentError(`${join(folder, 'go.mod')} pins no version of ${module}`, 'add it to the require block');
  }
  return version;
}

/**
 * Folder of a module's sources in the module cache, downloaded and checked against our go.sum.
 * Read-only; it also holds charts and CRDs.
 * @throws CliError for a corrupt download
 */
export async function downloadModule(module: string, options: GoOptions): Promise<string> {
  const output = await runGo(module, ['mod', 'download', '-json', module], options);
  return (JSON.parse(output) as { Dir: string }).Dir;
}
