import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { reasonOf } from '../error-reason';
import { KubernetesError } from './client';

/** Where the API server is and who asks. */
export interface KubernetesConnection {
  readonly server: string;
  readonly caCert?: string;
  readonly token?: string;
  /** File with the token, read for each request: the kubelet renews it. Without {@link token}. */
  readonly tokenFile?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

/** Where the kubelet puts a pod's token and the API server's certificate authority. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection of a pod's service account
 * (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api); nothing outside
 * of pods.
 * @param folder with `token` and `ca.crt` @default - where the kubelet puts it
 */
export async function readServiceAccount(
  environment: NodeJS.ProcessEnv = process.env,
  folder = serviceAccountFolder,
): Promise<KubernetesConnection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  const tokenFile = join(folder, 'token');
  const found = await readFile(tokenFile).catch(() => undefined);
  if (host === undefined || found === undefined) {
    return undefined;
  }
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caCert: await readFile(join(folder, 'ca.crt'), 'utf8'),
    tokenFile,
  };
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters?: readonly { name: string; cluster: Record<string, string | undefined> }[];
  readonly users?: readonly { name: string; user: KubeconfigUser }[];
}

interface KubeconfigUser {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly exec?: {
    readonly command: string;
    readonly args?: readonly string[] | null;
    readonly env?: readonly { name: string; value: string }[] | null;
    readonly apiVersion: string;
  };
}

type Cluster = Readonly<Record<string, string | undefined>>;

interface ChosenContext {
  readonly file: string;
  readonly cluster: Cluster & { readonly server: string };
  readonly user: KubeconfigUser | undefined;
}

/** Reads the connection of one context (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/). */
export async function readKubeconfig(path?: string, context?: string): Promise<KubernetesConnection> {
  const { file, cluster, user } = await chooseContext(path, context);
  const caCert = await clusterCa(file, cluster);
  const clientCert = await material(file, user?.['client-certificate-data'], user?.['client-certificate']);
  const clientKey = await material(file, user?.['client-key-data'], user?.['client-key']);
  const token = user?.token ?? (await tokenOf(user));
  return {
    server: cluster.server.replace(/\/$/, ''),
    ...(caCert === undefined ? {} : { caCert }),
    ...(clientCert === undefined ? {} : { clientCert }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(token === undefined ? {} : { token }),
  };
}

/**
 * The PEM certificate authority of a context's cluster, without asking for credentials; nothing where the kubeconfig
 * leaves it to the system.
 */
export async function readClusterCa(path?: string, context?: string): Promise<string | undefined> {
  const { file, cluster } = await chooseContext(path, context);
  return await clusterCa(file, cluster);
}

async function chooseContext(path?: string, context?: string): Promise<ChosenContext> {
  const file = path ?? process.env.KUBECONFIG?.split(':')[0] ?? join(homedir(), '.kube', 'config');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new KubernetesError(`the kubeconfig ${file} cannot be read: ${reasonOf(error)}`, 0);
  }
  const config = parse(text) as Kubeconfig | null;
  const contexts = config?.contexts ?? [];
  const wanted = context ?? config?.['current-context'];
  const chosen = contexts.find(({ name }) => name === wanted)?.context;
  const cluster = config?.clusters?.find(({ name }) => name === chosen?.cluster)?.cluster;
  const user = config?.users?.find(({ name }) => name === chosen?.user)?.user;
  const server = cluster?.server;
  if (!chosen || !server) {
    const allowed = contexts.map(({ name }) => name).join(', ') || 'none';
    throw new KubernetesError(`the kubeconfig ${file} has no usable context "${wanted ?? ''}", it has: ${allowed}`, 0);
  }
  return { file, cluster: { ...cluster, server }, user };
}

async function clusterCa(file: string, cluster: Cluster): Promise<string | undefined> {
  return await material(file, cluster['certificate-authority-data'], cluster['certificate-authority']);
}

/** What a kubeconfig holds itself, or names as a file beside it. */
async function material(file: string, data: string | undefined, name: string | undefined): Promise<string | undefined> {
  if (data !== undefined) {
    return Buffer.from(data, 'base64').toString();
  }
  return name === undefined ? undefined : await readFile(resolve(dirname(file), name), 'utf8');
}

async function tokenOf(user: KubeconfigUser | undefined): Promise<string | undefined> {
  if (user?.tokenFile !== undefined) {
    return (await readFile(user.tokenFile, 'utf8')).trim();
  }
  if (!user?.exec) {
    return undefined;
  }
  const { command, args, env, apiVersion } = user.exec;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const { stdout } = await promisify(execFile)(command, [...(args ?? [])], {
    env: {
      ...process.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
  });
  return (JSON.parse(stdout) as { status?: { token?: string } }).status?.token;
}
