import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type EnvironmentOverrides, type Problem, quoted, throwProblems } from '../catalog';
import { label } from '../catalog/usable-names';
import { type OperatorName, operatorNames } from './operator-name';

/** Namespace of the configuration keys in `Pulumi.<stack>.yaml`. */
export const stackConfigNamespace = 'nivesh-secrets';

/** The configuration of one stack: where an environment runs, and what is there already. */
export interface StackSettings {
  readonly overrides: EnvironmentOverrides;
  /** Absolute path of the PEM file with which the Vault provider verifies Vault. */
  readonly vaultCaCertFile?: string;
  /** Absolute path. @default - the KUBECONFIG variable, then `~/.kube/config` */
  readonly kubeconfig?: string;
  /** @default - the current context of the kubeconfig */
  readonly context?: string;
  /** Operators beside the one that the delivery needs. */
  readonly operators: readonly OperatorName[];
  /** Operators that the cluster has already. */
  readonly installedOperators: readonly OperatorName[];
  /** Namespaces that the cluster has already, and that the stack therefore leaves alone. */
  readonly existingNamespaces: readonly string[];
  /** Whether Vault's audit devices belong to the stack. */
  readonly manageAudit: boolean;
  /** Whether to take over a mount of the KV version 2 engine that was made elsewhere. */
  readonly adoptMount: boolean;
  /** Whether destroying the stack also destroys the mount with every value in it. */
  readonly destroyValues: boolean;
}

/** Reads a text file; throws if it cannot. */
export type ReadFile = (path: string) => string;

/** Turns a path of the configuration, which is relative to the project, into an absolute one. */
export type ResolvePath = (path: string) => string;

const boolean = z.enum(['true', 'false']).transform((text) => text === 'true');
/** A list as Pulumi passes it on (JSON), or as one writes it with `pulumi config set` (`a,b`). */
const list = <T extends z.ZodType>(item: T) => z.string().transform(splitList).pipe(z.array(item));
const filled = z.string().min(1);

interface Key {
  readonly schema: z.ZodType;
  readonly allowed: string;
  readonly fix: string;
}

const keys = {
  vaultAddress: {
    schema: z.string().regex(/^https:\/\/[^/\s]+$/),
    allowed: '"https://host:port" without a path',
    fix: 'write the address of Vault with https://',
  },
  vaultCaCertFile: {
    schema: filled,
    allowed: 'a PEM file with the certificate authority of Vault',
    fix: 'name the file; a relative path starts at the folder of Pulumi.yaml',
  },
  kubeconfig: {
    schema: filled,
    allowed: 'a kubeconfig file',
    fix: 'name the file, or remove the key to use KUBECONFIG',
  },
  context: { schema: filled, allowed: 'a context of the kubeconfig', fix: 'see "kubectl config get-contexts"' },
  kubernetesHost: {
    schema: z.string().regex(/^https:\/\/[^/\s]+$/),
    allowed: '"https://host:port" of the API server as Vault reaches it',
    fix: 'see "kubectl cluster-info"',
  },
  kubernetesCaCertFile: {
    schema: filled,
    allowed: 'a PEM file with the certificate authority of the API server',
    fix: 'name the file; a relative path starts at the folder of Pulumi.yaml',
  },
  auditDirectory: {
    schema: z.string().regex(/^\/[^\s]*$/),
    allowed: 'an absolute folder on the Vault server',
    fix: 'name a folder that Vault may write to',
  },
  reviewer: {
    schema: z.enum(['client-jwt', 'in-cluster', 'token-reviewer-jwt']),
    allowed: 'client-jwt, in-cluster, token-reviewer-jwt',
    fix: 'choose who reviews tokens, see docs/vault.md',
  },
  operators: {
    schema: list(z.enum(operatorNames)),
    allowed: `a list of ${operatorNames.join(', ')}`,
    fix: 'correct the names',
  },
  installedOperators: {
    schema: list(z.enum(operatorNames)),
    allowed: `a list of ${operatorNames.join(', ')}`,
    fix: 'correct the names',
  },
  existingNamespaces: {
    schema: list(z.string().regex(label)),
    allowed: 'a list of names of namespaces',
    fix: 'correct the names',
  },
  manageAudit: { schema: boolean, allowed: 'true or false', fix: 'write true or false' },
  adoptMount: { schema: boolean, allowed: 'true or false', fix: 'write true or false' },
  destroyValues: { schema: boolean, allowed: 'true or false', fix: 'write true or false' },
} as const satisfies Record<string, Key>;

/** Every key of a stack's configuration, without the namespace. */
export const stackSettingNames: readonly string[] = Object.keys(keys);

type KeyName = keyof typeof keys;
type Parsed = { readonly [K in KeyName]?: z.output<(typeof keys)[K]['schema']> };

/**
 * Reads the configuration of a stack.
 * @param config key, without its namespace, to text
 * @throws DeclarationError with every problem at once
 */
export function parseStackSettings(
  stack: string,
  config: Readonly<Record<string, string>>,
  files: { readonly read: ReadFile; readonly resolve: ResolvePath },
): StackSettings {
  const problems: Problem[] = [];
  const parsed = parseKeys(stack, config, problems);
  const certificate = (key: 'vaultCaCertFile' | 'kubernetesCaCertFile'): string | undefined => {
    const path = parsed[key];
    return path === undefined ? undefined : readCertificate(stack, key, files.resolve(path), files.read, problems);
  };
  const vaultCa = certificate('vaultCaCertFile');
  const kubernetesCaCert = certificate('kubernetesCaCertFile');
  throwProblems(`configuration of stack ${quoted(stack)}`, problems);
  return {
    overrides: {
      vaultAddress: parsed.vaultAddress,
      vaultCa: vaultCa === undefined ? undefined : { type: 'certificate', pem: vaultCa },
      kubernetesHost: parsed.kubernetesHost,
      kubernetesCaCert,
      reviewer: parsed.reviewer,
      auditDirectory: parsed.auditDirectory,
    },
    ...(parsed.vaultCaCertFile === undefined ? {} : { vaultCaCertFile: files.resolve(parsed.vaultCaCertFile) }),
    ...(parsed.kubeconfig === undefined ? {} : { kubeconfig: files.resolve(parsed.kubeconfig) }),
    ...(parsed.context === undefined ? {} : { context: parsed.context }),
    operators: parsed.operators ?? [],
    installedOperators: parsed.installedOperators ?? [],
    existingNamespaces: parsed.existingNamespaces ?? [],
    manageAudit: parsed.manageAudit ?? true,
    adoptMount: parsed.adoptMount ?? false,
    destroyValues: parsed.destroyValues ?? false,
  };
}

function parseKeys(stack: string, config: Readonly<Record<string, string>>, problems: Problem[]): Parsed {
  const parsed: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(config)) {
    const key = isKey(name) ? keys[name] : undefined;
    if (!key) {
      problems.push({
        path: pathOf(stack, name),
        what: 'no such setting',
        got: quoted(name),
        allowed: stackSettingNames.join(', '),
        fix: `remove it: pulumi config rm ${stackConfigNamespace}:${name}`,
      });
      continue;
    }
    const result = key.schema.safeParse(text);
    if (result.success) {
      parsed[name] = result.data;
    } else {
      const { allowed, fix } = key;
      problems.push({ path: pathOf(stack, name), what: 'the value is not usable', got: quoted(text), allowed, fix });
    }
  }
  return parsed;
}

function isKey(name: string): name is KeyName {
  return Object.hasOwn(keys, name);
}

function pathOf(stack: string, key: string): string {
  return `Pulumi.${stack}.yaml ${stackConfigNamespace}:${key}`;
}

function splitList(text: string): unknown {
  if (!text.trimStart().startsWith('[')) {
    return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The certificates of a PEM file, and nothing else that it may hold: they become public in manifests and Vault. */
function readCertificate(
  stack: string,
  key: 'vaultCaCertFile' | 'kubernetesCaCertFile',
  path: string,
  read: ReadFile,
  problems: Problem[],
): string | undefined {
  const { allowed, fix } = keys[key];
  let text: string;
  try {
    text = read(path);
  } catch {
    problems.push({ path: pathOf(stack, key), what: 'the file cannot be read', got: quoted(path), allowed, fix });
    return undefined;
  }
  try {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    blocks.forEach((block) => new X509Certificate(block));
    if (blocks.length > 0) {
      return `${blocks.join('\n')}\n`;
    }
  } catch {
    // Reported below, as a file without any certificate is.
  }
  problems.push({ path: pathOf(stack, key), what: 'the file holds no certificate', got: quoted(path), allowed, fix });
  return undefined;
}
