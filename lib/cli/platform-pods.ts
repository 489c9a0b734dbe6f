import type { Command } from 'commander';
import { type Environment, usesExternalSecrets, usesSealedSecrets } from '../catalog';
import { explainWaitingPods } from '../check/waiting-pods';
import type { Platform } from '../embedded';
import { isReady, listOwnedPods, type OwnedPod, type Pod } from '../kubernetes/pods';
import { CliError, exitCode, usageError } from './errors';
import { print, printJson, table } from './output';
import { findProject, loadEnvironments, selectEnvironment } from './project';

/** Makes a sub-command of `platform`, with its option `--directory`. */
type CommandMaker = (name: string, description: string) => Command;

/** Gives the folder of the platform from the flags of a sub-command. */
type DirectoryOf = (flags: { readonly directory?: string }) => string;

interface PodFlags {
  readonly directory?: string;
  readonly namespace?: string;
}

/** Sub-commands of `nivesh-secrets platform` about pods. */
export function podCommands(make: CommandMaker, directoryOf: DirectoryOf): Command[] {
  const withPlatform = async <T>(flags: PodFlags, work: (platform: Platform) => Promise<T>): Promise<T> => {
    const { openPlatform } = await import('../embedded/index.js');
    const platform = await openPlatform(directoryOf(flags));
    try {
      return await work(platform);
    } finally {
      await platform.close();
    }
  };
  return [
    make('pods', 'show every pod, and for those that wait, what they wait for and who should make it')
      .option(
        '-e, --environment <name>',
        'environment whose workloads the pods belong to (default: staging, else the first for a cluster)',
      )
      .option('-n, --namespace <name>', 'only this namespace')
      .option('--json', 'print JSON')
      .action(async (flags: PodFlags & { environment?: string; json?: boolean }) => {
        const environments = loadEnvironments(findProject());
        const environment = selectEnvironment(environments, flags.environment ?? usualEnvironment(environments));
        await withPlatform(flags, async ({ kubernetes }) => {
          showPods(await listOwnedPods(kubernetes, flags.namespace), environment, flags.json ?? false);
        });
      }),
    make('exec', "run a program in a workload's first running container, with its variables")
      .argument('<workload>', 'name of a Deployment, CronJob and so on, or of a pod')
      .argument('<command...>', 'program and arguments, after --')
      .option('-n, --namespace <name>', 'only this namespace')
      .addHelpText(
        'after',
        `\nExample:\n  nivesh-secrets platform exec nivesh-backend -- node -p 'Object.keys(process.env)'`,
      )
      .configureOutput({
        outputError: (text, write) => {
          write(text.includes('unknown option') ? `${text}(put -- before a program with options of its own)\n` : text);
        },
      })
      .action(async (workload: string, command: string[], flags: PodFlags) => {
        const terminal = process.stdin.isTTY && process.stdout.isTTY;
        process.exitCode = await withPlatform(
          flags,
          async ({ pods }) => await pods.exec({ workload, namespace: flags.namespace }, command, terminal),
        );
      }),
    make('stand-in', 'let a local image with Node stand in for images that cannot be pulled')
      .argument('<image...>', 'references as manifests have them')
      .addHelpText('after', '\nExample:\n  nivesh-secrets platform stand-in nivesh/backend:1.0.0')
      .action(async (images: string[], flags: PodFlags) => {
        await withPlatform(flags, async ({ pods }) => {
          await pods.standInFor(images);
        });
        print('done; pods that could not pull them try again by themselves, within 5 minutes');
      }),
  ];
}

/** The one that `start` delivers too, else one that delivers to a cluster. */
function usualEnvironment(environments: readonly Environment[]): string {
  const inCluster = environments.filter((one) => usesExternalSecrets(one) || usesSealedSecrets(one));
  return (inCluster.find(({ name }) => name === 'staging') ?? inCluster[0])?.name ?? 'staging';
}

function showPods(owned: readonly OwnedPod[], environment: Environment, json: boolean): void {
  const waiting = explainWaitingPods(
    owned.map(({ pod }) => pod),
    environment,
  );
  const rows = owned.map(({ pod, owner }) => ({
    namespace: pod.metadata.namespace,
    workload: owner.name,
    pod: pod.metadata.name,
    state: stateOf(pod),
    restarts: (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    address: pod.status?.podIP ?? '-',
  }));
  if (json) {
    printJson({ pods: rows, waiting });
  } else {
    const cells = rows.map((row) => Object.values(row).map(String));
    print(table(['NAMESPACE', 'WORKLOAD', 'POD', 'STATE', 'RESTARTS', 'ADDRESS'], cells));
    waiting.forEach(print);
    if (rows.some(({ state }) => ['ErrImagePull', 'ImagePullBackOff'].includes(state))) {
      print('fix for images that cannot be pulled here: nivesh-secrets platform stand-in <image...>');
    }
  }
  if (waiting.length > 0) {
    process.exitCode = exitCode.findings;
  }
}

/** One word, as kubectl says it. */
function stateOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) {
    return 'Terminating';
  }
  const { phase = 'Pending', containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const reason = [...initContainerStatuses, ...containerStatuses].find(({ state }) => state?.waiting)?.state?.waiting;
  return isReady(pod) ? 'Ready' : (reason?.reason ?? phase);
}

/** Prints the last lines of a workload's containers, and with `follow` what they write from then on, until Ctrl-C. */
export async function showPodLogs(
  directory: string,
  workload: string,
  options: { readonly lines: number; readonly follow: boolean },
): Promise<void> {
  const { openPlatform } = await import('../embedded/index.js');
  const platform = await openPlatform(directory);
  try {
    (await platform.pods.logs({ workload }, options.lines).catch(addComponents(platform))).forEach(print);
    if (options.follow) {
      await platform.pods.followLogs({ workload }, print, new AbortController().signal);
    }
  } finally {
    await platform.close();
  }
}

/** A name that is no workload's may be a component's, mistyped. */
function addComponents({ components }: Platform): (error: unknown) => never {
  return (error) => {
    throw error instanceof CliError && error.code === exitCode.usage
      ? usageError(`${error.message}; components: ${components.join(', ')}`, error.fix)
      : error;
  };
}
