import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { DeclaredNames } from './declared-names';
import type { Finding } from './scan';

/** A generated secret that was never valid, in a file, which a scan has to find. */
export interface Canary {
  /** What it stands for: a declared name, or a form of secrets. */
  readonly kind: string;
  readonly path: string;
  readonly text: string;
}

/** A file without a secret, which a scan has to leave alone. */
export const decoy = {
  path: 'decoy.yaml',
  text: 'image: registry.example.com/app:1.2.3\nreplicas: 2\nsecretName: app-secret\nsecretKey: JWT_SECRET\n',
};

/** Makes a canary for every name that the rules know, and for every form that each detector looks for. */
export function makeCanaries(names: DeclaredNames): Canary[] {
  const declared = [...names.keys()].map((name) => [`declared name ${name}`, 'env', `${name}=${hex(32)}\n`] as const);
  const forms = [
    ['password in YAML', 'yaml', `redis:\n  password: ${hex(20)}\n`],
    ['key in JSON', 'json', `{ "apiKey": "${hex(20)}" }\n`],
    ...['postgresql', 'mongodb', 'redis', 'clickhouse', 'neo4j'].map(
      (scheme) =>
        [`${scheme} connection string`, 'env', `ADDRESS=${scheme}://app:${hex(16)}@database:1234/app\n`] as const,
    ),
    [
      'private key',
      'pem',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
    ['GitHub token', 'txt', `${join('ghp', '_')}${letters(36)}\n`],
    ['Vault token', 'txt', `${join('hvs', '.')}${letters(90)}\n`],
    ['Hugging Face token', 'txt', `${join('hf', '_')}${letters(34)}\n`],
    ['Slack webhook', 'txt', `https://hooks.slack.com/services/T${upper(8)}/B${upper(8)}/${letters(24)}\n`],
    ['JSON Web Token', 'ts', `const token = '${jsonWebToken()}';\n`],
  ] as const;
  return [...declared, ...forms].map(([kind, extension, text], index) => ({
    kind,
    path: `canary-${index + 1}.${extension}`,
    text,
  }));
}

/** Kinds of canaries that are in no finding. */
export function missedKinds(canaries: readonly Canary[], findings: readonly Pick<Finding, 'path'>[]): string[] {
  const found = new Set(findings.map(({ path }) => path));
  return canaries.filter(({ path }) => !found.has(path)).map(({ kind }) => kind);
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** Put together here, so that this file holds nothing that looks like a token. */
function join(...parts: readonly string[]): string {
  return parts.join('');
}

function letters(length: number): string {
  return pick('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', length);
}

function upper(length: number): string {
  return pick('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', length);
}

function pick(alphabet: string, length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

function jsonWebToken(): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  return [part({ alg: 'HS256', typ: 'JWT' }), part({ sub: hex(8) }), randomBytes(32).toString('base64url')].join('.');
}
