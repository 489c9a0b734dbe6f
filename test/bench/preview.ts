import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defineCatalog, type Environment, type ExternalSecretsDelivery, goDuration } from '../../lib/catalog';
import { type Platform, silentReporter, startPlatform } from '../../lib/embedded';
import { deliver, openPlatformStack, type PulumiProgram } from '../../lib/embedded/main-job';
import type { OperationSummary } from '../../lib/embedded/pulumi';
import { environmentProgram } from '../../lib/stack';
import { testEnvironment } from '../e2e/support/deliver';
import type { Benchmark, Measures, Prepared } from './harness/benchmark';
import { timed } from './harness/measure';
import { flatProgram } from './support/flat-program';
import { serviceObjects } from './support/service-objects';
import { makeTeams, workloadsOf } from './support/services';
import { sizeOf } from './support/size';
import {
  flatState,
  resourcesOf,
  stateOfTeams,
  type StateFile,
  type StateResource,
  withResources,
} from './support/stack-state';

const services = sizeOf('SERVICES', 1000);
const stackName = 'test';
/** Another interval than that of the state: it is in every ExternalSecret. */
const interval = '2h';

/** What one preview is of. */
interface Case {
  readonly program: PulumiProgram;
  /** What the stack has already. */
  readonly state: StateFile;
  readonly changes: OperationSummary;
}

function environmentOf(platform: Platform, count: number): Environment<ExternalSecretsDelivery> {
  return testEnvironment(platform, defineCatalog({ name: 'bench', workloads: workloadsOf(makeTeams(count)) }));
}

function programOf(environment: Environment<ExternalSecretsDelivery>): PulumiProgram {
  const program = environmentProgram([environment], () => serviceObjects(environment));
  return async () => ({ ...(await program()) });
}

function stateFileOf(platform: Platform): string {
  return join(platform.directory, 'pulumi', 'state', '.pulumi', 'stacks', 'nivesh-secrets', `${stackName}.json`);
}

/** The state of all services, made of what a real `up` of the first team leaves. */
async function makeState(platform: Platform): Promise<StateFile> {
  const teams = makeTeams(services);
  const environment = environmentOf(platform, teams[0]?.services.length ?? 0);
  await deliver({ platform, environment, program: programOf(environment), reporter: silentReporter });
  const state = JSON.parse(readFileSync(stateFileOf(platform), 'utf8')) as StateFile;
  return stateOfTeams(
    state,
    teams[0]?.name ?? '',
    teams.map(({ name }) => name),
  );
}

/** The state as it would be with the other interval. */
function withInterval(state: StateFile): StateFile {
  return withResources(state, (resources) =>
    resources.map((resource): StateResource => {
      const { type, inputs = {} } = resource;
      const spec = { ...(inputs.spec as object), refreshInterval: goDuration(interval) };
      return type.endsWith(':ExternalSecret') ? { ...resource, inputs: { ...inputs, spec } } : resource;
    }),
  );
}

async function casesOf(platform: Platform): Promise<Record<string, Case>> {
  const state = await makeState(platform);
  const environment = environmentOf(platform, services);
  const changed = { ...environment, delivery: { ...environment.delivery, refreshInterval: interval } } as const;
  const flat = flatState(state);
  const none = (of: StateFile): StateFile => withResources(of, () => []);
  const changes = (of: StateFile, kind: 'created' | 'updated', count: number): OperationSummary => {
    const unchanged = resourcesOf(of).length - count;
    return { created: 0, updated: 0, deleted: 0, replaced: 0, unchanged, [kind]: count };
  };
  // The secrets engine is there already, and the library takes it over.
  const news = (of: StateFile, takenOver: number): OperationSummary =>
    changes(of, 'created', resourcesOf(of).length - takenOver);
  const [ours, plain] = [programOf(environment), flatProgram(platform, flat)];
  return {
    'ours, nothing changes': { program: ours, state, changes: changes(state, 'updated', 0) },
    'flat, nothing changes': { program: plain, state: flat, changes: changes(flat, 'updated', 0) },
    'ours, a change a service': { program: programOf(changed), state, changes: changes(state, 'updated', services) },
    'flat, a change a service': {
      program: flatProgram(platform, withInterval(flat)),
      state: flat,
      changes: changes(flat, 'updated', services),
    },
    'ours, everything new': { program: ours, state: none(state), changes: news(state, 1) },
    'flat, everything new': { program: plain, state: none(flat), changes: news(flat, 0) },
  };
}

async function preview(platform: Platform, { program, state, changes }: Case): Promise<Measures> {
  writeFileSync(stateFileOf(platform), JSON.stringify(state));
  const stack = await openPlatformStack(platform, stackName, program);
  const { result, measures } = await timed(async () => await stack.preview());
  if (!isDeepStrictEqual(result, changes)) {
    throw new Error(`the preview has ${JSON.stringify(result)} and not ${JSON.stringify(changes)}`);
  }
  const resources = changes.created + changes.updated + changes.unchanged;
  return { ...measures, resources, rate: resources / measures.time };
}

async function prepare(): Promise<Prepared> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-preview-'));
  const platform = await startPlatform({ directory, workloads: 'none' });
  const close = async (): Promise<void> => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const cases = await casesOf(platform);
    return {
      variants: Object.entries(cases).map(([name, one]) => ({ name, run: async () => await preview(platform, one) })),
      figures: ['nothing changes', 'a change a service', 'everything new'].map((what) => ({
        type: 'ratio',
        what: `time of a flat program, ${what}`,
        of: `ours, ${what}`,
        to: `flat, ${what}`,
      })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export const benchmark: Benchmark = {
  name: 'preview',
  title: `previews of the Pulumi program for ${services} services, beside a program without components`,
  rounds: 1,
  warmUp: 0,
  units: { resources: '', rate: 'resources/s' },
  prepare,
};
