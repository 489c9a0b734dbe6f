import { consoleReporter, resolveTools, type ToolName } from '../../../lib/embedded';

/** Everything that the end-to-end tests start and that can be built here; the longest first. */
const tools: readonly ToolName[] = [
  'vault',
  'kube-apiserver',
  'pulumi',
  'external-secrets',
  'kube-controller-manager',
  'sealed-secrets-controller',
  'kubeseal',
  'kwok',
  'etcd',
  'kubelet',
  'kube-scheduler',
  'kubectl',
  'helm',
];

/** Builds before the first test, so that no test waits for a compiler. Tells what it builds; nothing when all is there. */
export default async function buildTools(): Promise<void> {
  await resolveTools(tools, { reporter: consoleReporter() });
}
