import { Command } from 'commander';
import { kubernetesAuditPolicy } from '../audit/kubernetes-policy';
import { instantForms } from '../audit/window';
import type { AuditFlags } from './audit-options';
import { print } from './output';
import { parseWhen } from './when';

/** `nivesh-secrets audit` */
export function auditCommand(): Command {
  return new Command('audit')
    .description("answer from Vault's and Kubernetes' audit logs who read what, and say what the answer lacks")
    .addCommand(whoReadCommand())
    .addCommand(byCommand())
    .addCommand(findValueCommand())
    .addCommand(policyCommand())
    .addHelpText(
      'after',
      `
Logs may be rotated and gzip, of several devices at once: each answer counts once. Values in them are hashed.
It exits with 0 when the answer has no gap, and with 1 when something weakens it: every such gap is printed.

Examples:
  nivesh-secrets audit who-read nivesh/backend.jwt_secret --since 30d --log '/vault/audit/audit.log*'
  nivesh-secrets audit by nivesh/nivesh-backend --log audit.log audit.log.1.gz
  nivesh-secrets audit policy > /etc/kubernetes/audit-policy.yaml`,
    );
}

function queryCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--since <when>', `begin of the window: ${instantForms}`, parseWhen, parseWhen('30d'))
    .option('--until <when>', 'end of the window (default: now)', parseWhen)
    .option('--log <files...>', "files of Vault's audit devices; the last part may hold * and ?")
    .option('--thorough', 'parse every line, to notice damage in the middle of lines too; much slower')
    .option('--json', 'print the whole answer as JSON');
}

function whoReadCommand(): Command {
  return queryCommand('who-read', 'who read a secret or a field, who changed it, and who was refused')
    .argument('<secret>', 'path, or path.field: nivesh/backend.jwt_secret')
    .option('-e, --environment <name>', 'environment that says where the secret is, and who carries it')
    .option('--mount <path>', "mount of the secrets engine (default: the environment's, or secret)")
    .option('--kubernetes-log <files...>', 'audit logs of the API server: who read the Secrets that carry it')
    .addHelpText(
      'after',
      `
With --environment the catalog says which Kubernetes Secrets carry the secret; --kubernetes-log needs it.

Examples:
  nivesh-secrets audit who-read nivesh/postgres --since 30d --log '/vault/audit/audit.log*'
  nivesh-secrets audit who-read nivesh/backend.jwt_secret -e production --since 2026-11-01 --until 2026-11-08 \\
    --log vault/audit.log* --kubernetes-log kube-apiserver/audit.log*`,
    )
    .action(async (secret: string, flags: AuditFlags) => {
      await (await import('./audit-queries.js')).runWhoRead(secret, flags);
    });
}

function byCommand(): Command {
  return queryCommand('by', 'what an identity read, changed, tried and did otherwise')
    .argument('<identity>', 'namespace/serviceaccount, role, display name, user name, entity id, or hmac-sha256:...')
    .option('-e, --environment <name>', 'environment that says where the secrets are')
    .option('--mount <path>', "mount of the secrets engine (default: the environment's, or secret)")
    .option('--kubernetes-log <files...>', 'audit logs of the API server: the Secrets that the identity read')
    .addHelpText(
      'after',
      `
Examples:
  nivesh-secrets audit by nivesh/nivesh-backend --since 7d --log '/vault/audit/audit.log*'
  nivesh-secrets audit by asha --since 30d --log '/vault/audit/audit.log*'`,
    )
    .action(async (identity: string, flags: AuditFlags) => {
      await (await import('./audit-queries.js')).runBy(identity, flags);
    });
}

function findValueCommand(): Command {
  return queryCommand('find-value', 'who was given a value, or sent it; the value comes from standard input')
    .requiredOption('-e, --environment <name>', 'environment whose Vault hashes the value')
    .option('--device <name...>', 'audit devices whose logs are given (default: every device of Vault)')
    .addHelpText(
      'after',
      `
Vault hashes the value as each audit device does (sys/audit-hash), and the hash is looked for. The salt belongs to the
device: a device that was enabled again has another one, and its older entries cannot be compared.
Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, VAULT_TOKEN.

Example:
  pass show leaked | nivesh-secrets audit find-value -e production --log '/vault/audit/audit.log*'`,
    )
    .action(async (flags: AuditFlags) => {
      // Loaded here, because a client of Vault takes longer to load than a small log to read.
      await (await import('./audit-find-value.js')).runFindValue(flags);
    });
}

function policyCommand(): Command {
  return new Command('policy')
    .description('print the audit policy that an API server needs, so that reads of Secrets can be answered')
    .addHelpText(
      'after',
      `
The API server takes it with --audit-policy-file, and writes with --audit-log-path.

Example:
  nivesh-secrets audit policy > /etc/kubernetes/audit-policy.yaml`,
    )
    .action(async () => {
      const { stringify } = await import('yaml');
      print(stringify(kubernetesAuditPolicy).trimEnd());
    });
}
