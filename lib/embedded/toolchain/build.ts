import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { environmentError } from '../../cli/errors';
import { reasonOf } from '../../error-reason';
import { runGo } from './go';
import { withOverlay } from './source-tree';
import { type GoTool, overrideVariable, type Tool, type Version } from './tools';

/** Arguments of `go` but for the output and the package: without machine paths and version control data. */
export function buildArguments(tool: GoTool, version: Version): readonly string[] {
  return ['build', '-trimpath', '-buildvcs=false', '-ldflags', tool.linkFlags(version), tool.package];
}

/**
 * Builds one tool.
 * @param binary absolute path to write
 * @throws CliError with one line and its fix
 */
export async function buildGoTool(tool: GoTool, version: Version, binary: string, signal?: AbortSignal): Promise<void> {
  const subject = `${tool.name} ${version.text}`;
  const build = async (folder: string): Promise<void> => {
    const [command = '', ...rest] = buildArguments(tool, version);
    await runGo(subject, [command, '-o', binary, ...rest], { folder, signal });
  };
  const options = { folder: tool.folder, signal };
  await (tool.package === '.' ? withOverlay(tool.module, options, build) : build(tool.folder));
  await checkRuns(tool, binary);
}

/**
 * Runs a fresh binary once.
 * @throws CliError when it does not run here
 */
export async function checkRuns(tool: Tool, binary: string): Promise<void> {
  try {
    await versionOutput(tool, binary);
  } catch (error) {
    throw environmentError(
      `${tool.name} does not run on this machine: ${reasonOf(error)}`,
      `set ${overrideVariable(tool)} to a binary that does`,
    );
  }
}

/** What a binary prints about its version. */
export async function versionOutput(tool: Tool, binary: string): Promise<string> {
  const run = promisify(execFile);
  const { stdout, stderr } = await run(binary, [...tool.versionArguments], { timeout: 20_000 });
  return `${stdout}${stderr}`;
}
