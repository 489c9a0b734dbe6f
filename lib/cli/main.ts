#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { DeclarationError } from '../catalog/problems';
import { packageVersion } from '../package-root';
import { CliError, exitCode } from './errors';
import { fixOfAnswer, isServerAnswer } from './server-answers';
import { verbs } from './verbs';

/** Runs the command line and gives its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await buildProgram(argv);
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? exitCode.fine);
  } catch (error) {
    return report(error);
  }
}

async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('nivesh-secrets')
    .description('one catalog of secrets: manifests, Vault access, .env files, rotation, scanning and evidence')
    .version(packageVersion())
    .showHelpAfterError('(run nivesh-secrets --help for the list of verbs)')
    .exitOverride();
  const called = argv.find((argument) => !argument.startsWith('-'));
  for (const verb of verbs) {
    const command = verb.name === called || called === 'help' ? await verb.load() : new Command(verb.name);
    program.addCommand(
      withExit(
        command
          .name(verb.name)
          .summary(verb.summary)
          .description(command.description() || verb.summary),
      ),
    );
  }
  return program;
}

/** Sub-commands inherit neither the exit override nor the hint when they are added whole. */
function withExit(command: Command, parent = 'nivesh-secrets'): Command {
  const name = `${parent} ${command.name()}`;
  command.exitOverride().showHelpAfterError(`(run ${name} --help for its options)`);
  command.commands.forEach((subCommand) => withExit(subCommand, name));
  return command;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
  }
  if (error instanceof CliError) {
    process.stderr.write(`error: ${error.message}\n${error.fix === undefined ? '' : `fix: ${error.fix}\n`}`);
    return error.code;
  }
  if (error instanceof DeclarationError) {
    process.stderr.write(`error: ${error.message}\n`);
    return exitCode.usage;
  }
  if (isServerAnswer(error)) {
    process.stderr.write(`error: ${error.message}\nfix: ${fixOfAnswer(error)}\n`);
    return exitCode.environment;
  }
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCode.environment;
}

/** A reader that has seen enough (`| head`) is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
  process.exit();
}

if (require.main === module) {
  process.stdout.on('error', endWithReader);
  process.stderr.on('error', endWithReader);
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
