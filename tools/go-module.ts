import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The pinned modules of `tools/go`: folder there to module path. */
const modules = {
  'external-secrets': 'github.com/external-secrets/external-secrets',
  'sealed-secrets': 'github.com/bitnami/sealed-secrets',
  kubernetes: 'k8s.io/kubernetes',
} as const;

/**
 * Folder in Go's module cache that holds the source of a pinned module; downloaded if it is not there yet.
 * @throws Error with Go's own words if it cannot be had
 */
export function goModuleFolder(component: keyof typeof modules): string {
  const module = modules[component];
  const cwd = join(__dirname, 'go', component);
  let output: string;
  try {
    output = execFileSync('go', ['mod', 'download', '-json', module], { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `module ${module} pinned in tools/go/${component} cannot be had: ${reasonOf(error)}; ` +
        'install Go 1.26 or later, and let it reach its module proxy (go env GOPROXY)',
    );
  }
  return (JSON.parse(output) as { Dir: string }).Dir;
}

function reasonOf(error: unknown): string {
  const { stdout, message } = error as { stdout?: string; message: string };
  const answer = stdout?.startsWith('{') ? (JSON.parse(stdout) as { Error?: string }).Error : undefined;
  return answer ?? message;
}
