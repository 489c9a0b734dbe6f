import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ComponentStatus } from '../embedded';
import { exitCode, usageError } from './errors';
import { print, printJson, table } from './output';
import { podCommands, showPodLogs } from './platform-pods';
import { findProject } from './project';

interface DirectoryFlags {
  readonly directory?: string;
}

interface UpFlags extends DirectoryFlags {
  readonly tokenCache?: boolean;
  readonly sealedSecrets?: boolean;
  readonly workloads?: 'kwok' | 'none';
  readonly pods?: boolean;
  readonly vaultPort?: number;
  readonly apiServerPort?: number;
}

interface LogFlags extends DirectoryFlags {
  readonly lines: number;
  readonly follow?: boolean;
}

/** `nivesh-secrets platform` */
export function platformCommand(): Command {
  const platform = new Command('platform')
    .description(
      'start, stop and look at the embedded platform: a real cluster API, Vault and operators on this machine',
    )
    .addCommand(upCommand())
    .addCommand(statusCommand())
    .addCommand(downCommand())
    .addCommand(logsCommand())
    .addHelpText(
      'after',
      `
Components are built from pinned sources on first use (about 25 minutes on two cores), or taken from PATH, or from
variables such as NIVESH_SECRETS_VAULT=/path/to/vault. Built ones stay in ~/.cache/nivesh-secrets.

Examples:
  nivesh-secrets platform up
  nivesh-secrets platform logs external-secrets --follow
  KUBECONFIG=.embedded/kubeconfig kubectl get nodes
  nivesh-secrets platform down

Real pods (as root on Linux):
  nivesh-secrets platform up --pods
  nivesh-secrets platform exec nivesh-backend -- node -p 'Object.keys(process.env)'`,
    );
  podCommands(command, directoryOf).forEach((subCommand) => platform.addCommand(subCommand));
  return platform;
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--directory <folder>', "folder of the platform (default: .embedded in the project's folder)");
}

function directoryOf(flags: DirectoryFlags): string {
  return flags.directory ?? join(findProject().root, '.embedded');
}

function upCommand(): Command {
  return command('up', 'start every component, in the background; fine when they run: what is not given stays as it is')
    .option('--token-cache', 'let External Secrets Operator keep its Vault tokens between refreshes')
    .addOption(
      new Option('--workloads <how>', 'who makes pods ready: kwok (default) pretends to, none leaves them pending')
        .choices(['kwok', 'none'])
        .conflicts('pods'),
    )
    .option('--pods', 'run pods for real: root on Linux, with containerd, runc and the CNI plugins')
    .option('--sealed-secrets', 'run the Sealed Secrets controller too')
    .option('--vault-port <port>', 'loopback port of Vault (default: a free one, kept)', wholeNumber)
    .option('--api-server-port <port>', 'loopback port of the API server (default: a free one, kept)', wholeNumber)
    .action(up);
}

async function up(flags: UpFlags): Promise<void> {
  const { consoleReporter, startPlatform } = await import('../embedded/index.js');
  const workloads = flags.pods ? 'pods' : flags.workloads;
  const platform = await startPlatform({
    directory: directoryOf(flags),
    detached: true,
    ...(flags.tokenCache === undefined ? {} : { tokenCache: flags.tokenCache }),
    ...(flags.sealedSecrets === undefined ? {} : { sealedSecrets: flags.sealedSecrets }),
    ...(workloads === undefined ? {} : { workloads }),
    ports: {
      ...(flags.vaultPort === undefined ? {} : { vault: flags.vaultPort }),
      ...(flags.apiServerPort === undefined ? {} : { apiServer: flags.apiServerPort }),
    },
    reporter: consoleReporter(),
  });
  print(
    table(
      ['WHAT', 'WHERE'],
      [
        ['kubeconfig', platform.kubeconfigPath],
        ['API server', platform.apiServerUrl],
        ['Vault', platform.vaultAddress],
        ['Vault CA', platform.vaultCaCertPath],
        ['Vault root token', platform.vaultRootTokenPath],
        ...(platform.components.includes('sealed-secrets-controller')
          ? [['Sealed Secrets controller', platform.sealedSecretsAddress]]
          : []),
      ],
    ),
  );
  await platform.close();
}

function statusCommand(): Command {
  return command('status', 'show every component; exit code 3 unless all are ready')
    .option('--json', 'print JSON')
    .action(async (flags: DirectoryFlags & { json?: boolean }) => {
      const { platformStatus } = await import('../embedded/index.js');
      const components = await platformStatus(directoryOf(flags));
      if (flags.json) {
        printJson({ components });
      } else {
        print(table(['COMPONENT', 'VERSION', 'PID', 'ADDRESS', 'READY'], components.map(statusRow)));
      }
      if (components.some(({ ready }) => !ready)) {
        process.exitCode = exitCode.environment;
      }
    });
}

function statusRow({ component, version, pid, address, ready }: ComponentStatus): string[] {
  return [component, version ?? '-', pid === undefined ? '-' : String(pid), address, ready ? 'yes' : 'no'];
}

function downCommand(): Command {
  return command('down', 'stop every component; its data stays; fine when nothing runs').action(
    async (flags: DirectoryFlags) => {
      const { consoleReporter, stopPlatform } = await import('../embedded/index.js');
      const stopped = await stopPlatform(directoryOf(flags), consoleReporter());
      print(stopped === 0 ? 'nothing was running' : `stopped ${stopped} processes`);
    },
  );
}

function logsCommand(): Command {
  return command('logs', "show a component's output since its last start, or that of a workload's pods")
    .argument('<name>', 'component as "platform status" shows it, or workload as "platform pods" does')
    .option('-n, --lines <count>', 'how many of the last lines', wholeNumber, 100)
    .option('-f, --follow', 'go on with what is written from now on, until Ctrl-C')
    .action(logs);
}

async function logs(wanted: string, flags: LogFlags): Promise<void> {
  const { componentLog, isWorkload, tailOf } = await import('../embedded/index.js');
  if (isWorkload(directoryOf(flags), wanted)) {
    await showPodLogs(directoryOf(flags), wanted, { lines: flags.lines, follow: flags.follow ?? false });
    return;
  }
  const { name, file } = componentLog(directoryOf(flags), wanted);
  if (!existsSync(file)) {
    throw usageError(`${name} has written no log yet`, 'run "nivesh-secrets platform up"');
  }
  const from = statSync(file).size;
  tailOf(file, flags.lines).forEach(print);
  if (flags.follow) {
    await follow(file, from);
  }
}

/** Copies what is added to a file, also when a restart begins it anew. Ends with the process. */
async function follow(file: string, from: number): Promise<never> {
  let position = from;
  for (;;) {
    const size = existsSync(file) ? statSync(file).size : 0;
    if (size < position) {
      position = 0;
    }
    if (size > position) {
      for await (const chunk of createReadStream(file, { start: position, end: size - 1 })) {
        process.stdout.write(chunk as Buffer);
      }
      position = size;
    }
    await delay(200);
  }
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new InvalidArgumentError('It is not a whole number.');
  }
  return Number(text);
}
