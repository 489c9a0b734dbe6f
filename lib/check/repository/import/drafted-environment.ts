import { compare, isDuration } from '../../../catalog';
import { mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import { quote } from './typescript';

/** How values are delivered, as a repository says it. */
export interface DraftedEnvironment {
  readonly name: string;
  /** Function of the catalog that makes its delivery. */
  readonly use: 'dotenv' | 'externalSecrets';
  /** Lines of the options of that function, indented from their own beginning. */
  readonly delivery: readonly string[];
  readonly notes: readonly string[];
}

/** A file of variables, each with the code that names its field. */
export interface DraftedFile {
  readonly path: string;
  readonly example?: string;
  readonly variables: readonly (readonly [name: string, code: string])[];
}

/** Reads the settings of an environment from its stores and ExternalSecrets. */
export function draftEnvironment(name: string, objects: readonly LocatedObject[]): DraftedEnvironment {
  const manifests = objects.map(({ manifest }) => manifest);
  const stores = manifests
    .filter(({ kind }) => /^(?:Cluster)?SecretStore$/.test(kind))
    .sort((a, b) => compare(a.metadata.name, b.metadata.name));
  const providers = stores.map((store) => mapOf(partOf(store, ['spec', 'provider', 'vault'])));
  const vault = providers.find((provider) => isAddress(textOf(provider.server) ?? '')) ?? providers[0] ?? {};
  const intervals = manifests
    .filter(({ kind }) => kind === 'ExternalSecret')
    .flatMap((manifest) => textOf(partOf(manifest, ['spec', 'refreshInterval'])) ?? []);
  const interval = intervals.filter(isDuration).sort(compare)[0];
  const server = textOf(vault.server) ?? '';
  const usable = isAddress(server);
  const mount = textOf(vault.path);
  const authMount = textOf(partOf(vault, ['auth', 'kubernetes', 'mountPath']));
  return {
    name,
    use: 'externalSecrets',
    delivery: [
      ...(interval === undefined ? [] : [`refreshInterval: ${quote(interval)},`]),
      'vault: {',
      `  address: ${quote(usable ? server : 'https://vault.example.com:8200')},`,
      ...authority(vault).map((line) => `  ${line}`),
      ...(mount !== undefined && isMount(mount) && mount !== 'secret' ? [`  mount: ${quote(mount)},`] : []),
      ...(authMount !== undefined && isMount(authMount) && authMount !== 'kubernetes'
        ? [`  auth: { mount: ${quote(authMount)} },`]
        : []),
      '  audit: [',
      "    { name: 'file', filePath: '/vault/audit/audit.log' },",
      "    { name: 'stdout', filePath: 'stdout' },",
      '  ],',
      '},',
    ],
    notes: [
      ...(usable ? [] : ['Correct the address of Vault: no store names one with https://.']),
      ...(stores.length > providers.filter(({ server: address }) => address !== undefined).length
        ? ['Some stores are not of Vault: what they hold has to be copied to Vault.']
        : []),
      'Correct the audit devices: two or more, so that a blocked one does not stop Vault.',
    ],
  };
}

function isAddress(server: string): boolean {
  return /^https:\/\/[^/\s@]+$/.test(server);
}

function isMount(path: string): boolean {
  return /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/.test(path);
}

function authority(vault: Readonly<Record<string, unknown>>): string[] {
  const { type, ...provider } = mapOf(vault.caProvider);
  const [name, key, namespace] = [textOf(provider.name), textOf(provider.key), textOf(provider.namespace)];
  return type === 'ConfigMap' && name !== undefined && key !== undefined && namespace !== undefined
    ? [
        'ca: {',
        "  type: 'configMap',",
        `  name: ${quote(name)},`,
        `  key: ${quote(key)},`,
        `  namespace: ${quote(namespace)},`,
        '},',
      ]
    : ["ca: { type: 'system' },"];
}

/**
 * An environment of a laptop, whose files of variables Docker Compose reads.
 * @param left names of variables that hold secrets and are in no file
 */
export function draftLocalEnvironment(files: readonly DraftedFile[], left: readonly string[]): DraftedEnvironment {
  return {
    name: 'local',
    use: 'dotenv',
    delivery: [
      'files: [',
      ...files
        .filter(({ variables }) => variables.length > 0)
        .flatMap(({ path, example, variables }) => [
          '  {',
          `    path: ${quote(path)},`,
          ...(example === undefined ? [] : [`    example: ${quote(example)},`]),
          '    env: {',
          ...variables.map(([name, code]) => `      ${name}: ${code},`),
          '    },',
          '  },',
        ]),
      '],',
    ],
    notes: [
      'Compose reads these files. Declare a second environment for each cluster that the workloads run in.',
      ...(left.length === 0
        ? []
        : [
            `Not in the files: ${left.toSorted(compare).join(', ')}. What they are a part of is left to decide above: compose it there, or write the names here.`,
          ]),
    ],
  };
}
