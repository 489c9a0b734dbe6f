/**
 * Variables that shells, runtimes, libraries, CI systems and Kubernetes set or read by themselves: no manifest has to give
 * them, and no code has to read them.
 */
const names: ReadonlySet<string> = new Set([
  'CI',
  'DEBUG',
  'EDITOR',
  'ENVIRONMENT',
  'FORCE_COLOR',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOGC',
  'GOMAXPROCS',
  'GOMEMLIMIT',
  'HOME',
  'HOST',
  'HOSTNAME',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'LANG',
  'LOGNAME',
  'MALLOC_ARENA_MAX',
  'NODE_ENV',
  'NO_COLOR',
  'NO_PROXY',
  'PATH',
  'PORT',
  'PWD',
  'SHELL',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'TEMP',
  'TERM',
  'TMP',
  'TMPDIR',
  'TZ',
  'USER',
  'WEB_CONCURRENCY',
]);

const prefixes =
  /^(?:AWS_|AZURE_|CUDA_|DD_|GCP_|GITHUB_|GITLAB_|GUNICORN_|HF_HUB_|JAVA_|JEST_|JVM_|KUBERNETES_|LC_|LD_|NEW_RELIC_|NODE_|NPM_|NVIDIA_|OMP_|OTEL_|PG[A-Z]|PIP_|PYTHON|SENTRY_|UVICORN_|VITE_|VITEST)/;

/** Whether somebody other than the program and its manifests cares for a variable. */
export function isPlatformVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return names.has(upper) || prefixes.test(upper);
}
