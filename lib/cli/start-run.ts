import { join } from 'node:path';
import type { DeliverResult, PulumiProgram } from '../embedded/main-job';
import { environmentError, usageError } from './errors';
import { print, printJson, table } from './output';
import { findProject, loadEnvironments, loadProjectModule, type Project, selectDelivered } from './project';

/** Options of `nivesh-secrets start`, as commander gives them. */
export interface StartFlags {
  readonly environment: string;
  readonly directory?: string;
  readonly tokenCache?: boolean;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Runs `nivesh-secrets start`. */
export async function runStart(flags: StartFlags): Promise<void> {
  const project = findProject();
  const environment = selectDelivered(loadEnvironments(project), 'externalSecrets', flags.environment);
  const program = loadProgram(project);
  const { deliver, PulumiError, withPlatform } = await import('../embedded/main-job.js');
  const result = await withPlatform(
    {
      directory: flags.directory ?? join(project.root, '.embedded'),
      ...(flags.tokenCache === undefined ? {} : { tokenCache: flags.tokenCache }),
      keepRunning: !flags.once,
    },
    async (platform, reporter) => {
      try {
        return await deliver({ platform, environment, program, reporter });
      } catch (error) {
        throw error instanceof PulumiError
          ? environmentError(error.message, 'correct what it names, then start again')
          : error;
      }
    },
  );
  show(result, flags);
}

function loadProgram(project: Project): PulumiProgram {
  const loaded = loadProjectModule(project, project.programModule);
  if (typeof loaded !== 'function') {
    throw usageError(`${project.programModule} exports no function`, 'export = () => environmentStack(...)');
  }
  return loaded as PulumiProgram;
}

function show({ workloads, timings }: DeliverResult, { json, once }: StartFlags): void {
  if (json) {
    printJson({ workloads, timings });
    return;
  }
  print(
    table(
      ['WORKLOAD', 'POLICY', 'ROLE', 'REQUESTS', 'VARIABLES'],
      workloads.flatMap(({ workload, policy, role, requests, variables }) =>
        inLines(variables).map((line, index) =>
          index === 0 ? [workload, policy, role, String(requests?.total ?? 0), line] : ['', '', '', '', line],
        ),
      ),
    ),
  );
  if (!once) {
    print('\nThe platform runs on: nivesh-secrets platform status, nivesh-secrets platform down.');
  }
}

/** Names side by side, in lines that fit beside the other columns. */
function inLines(names: readonly string[], width = 60): string[] {
  return names.reduce<string[]>((lines, name) => {
    const last = lines.at(-1);
    return last === undefined || last.length + name.length + 1 > width
      ? [...lines, name]
      : [...lines.slice(0, -1), `${last} ${name}`];
  }, []);
}
