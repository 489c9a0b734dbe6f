import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { type Environment, type ExternalSecretsDelivery, overrideEnvironment } from '../catalog';
import { reasonOf } from '../error-reason';
import { parseStackSettings, stackConfigNamespace } from '../operators/stack-settings';
import { usageError } from './errors';
import type { Project } from './project';

/** An environment where its stack puts it, and the cluster that the stack names. */
export interface PlacedEnvironment {
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * The environment as `pulumi up` deploys it: with the settings of `Pulumi.<environment>.yaml`, which say where Vault and
 * the cluster are.
 * @param file @default - the one in the folder that Pulumi.yaml names, if it exists
 * @throws CliError if the file cannot be read; DeclarationError with every setting that is not usable
 */
export function placeEnvironment(
  project: Project,
  environment: Environment<ExternalSecretsDelivery>,
  file?: string,
): PlacedEnvironment {
  const path = file ?? defaultFile(project, environment.name);
  if (path === undefined) {
    return { environment };
  }
  const { overrides, kubeconfig, context } = parseStackSettings(environment.name, settingsIn(path), {
    read: (name) => readFileSync(name, 'utf8'),
    // As in the Pulumi program: relative to the folder of Pulumi.yaml.
    resolve: (name) => resolve(file === undefined ? project.root : dirname(resolve(file)), name),
  });
  return {
    environment: overrideEnvironment(environment, overrides),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}

function defaultFile(project: Project, environmentName: string): string | undefined {
  const description = join(project.root, 'Pulumi.yaml');
  const folder = existsSync(description)
    ? (readYaml(description) as { stackConfigDir?: string } | null)?.stackConfigDir
    : undefined;
  const path = join(project.root, folder ?? '.', `Pulumi.${environmentName}.yaml`);
  return existsSync(path) ? path : undefined;
}

/** Our own settings as text, as Pulumi hands them on: lists in JSON. */
function settingsIn(path: string): Record<string, string> {
  const { config = {} } = (readYaml(path) ?? {}) as { config?: Record<string, unknown> };
  const prefix = `${stackConfigNamespace}:`;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw usageError(`${path} cannot be read: ${reasonOf(error)}`, 'name a configuration file of a Pulumi stack');
  }
}
