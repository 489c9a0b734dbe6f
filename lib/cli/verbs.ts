import type { Command } from 'commander';

/** One verb of the command line: shown in the help, loaded only when it is called. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every verb, in the order in which a newcomer meets them. */
export const verbs: readonly Verb[] = [
  {
    name: 'start',
    summary: 'bring up the embedded platform and deliver an environment to it, end to end',
    load: async () => (await import('./start.js')).startCommand(),
  },
  {
    name: 'platform',
    summary: 'start, stop and look at the embedded platform',
    load: async () => (await import('./platform.js')).platformCommand(),
  },
  {
    name: 'env',
    summary: 'write the .env files of a laptop, or check them',
    load: async () => (await import('./env.js')).envCommand(),
  },
  {
    name: 'compose',
    summary: 'list and check the variables of Docker Compose files',
    load: async () => (await import('./compose.js')).composeCommand(),
  },
  {
    name: 'ci',
    summary: 'deliver the secrets of GitHub Actions, or check them',
    load: async () => (await import('./ci.js')).ciCommand(),
  },
  {
    name: 'check',
    summary: 'find what does not fit together in any repository: manifests, Compose files, .env files',
    load: async () => (await import('./check.js')).checkCommand(),
  },
  {
    name: 'seed',
    summary: 'write first values to Vault, never replacing one',
    load: async () => (await import('./seed.js')).seedCommand(),
  },
  {
    name: 'rotate',
    summary: 'replace values without downtime, and show what is due',
    load: async () => (await import('./rotate.js')).rotateCommand(),
  },
  {
    name: 'verify',
    summary: 'prove that delivery, access and settings are what the catalog declares',
    load: async () => (await import('./verify.js')).verifyCommand(),
  },
  {
    name: 'matrix',
    summary: 'show who may read which secret, or what a change does to that',
    load: async () => (await import('./matrix.js')).matrixCommand(),
  },
  {
    name: 'audit',
    summary: 'answer from audit logs who read what, and what the answer lacks',
    load: async () => (await import('./audit.js')).auditCommand(),
  },
  {
    name: 'seal',
    summary: 'seal values into the repository for the Sealed Secrets controller',
    load: async () => (await import('./seal.js')).sealCommand(),
  },
  {
    name: 'scan',
    summary: 'find secrets in the files and the history of a git repository',
    load: async () => (await import('./scan.js')).scanCommand(),
  },
  {
    name: 'reencrypt',
    summary: 'replace an encryption key in stored data, without downtime',
    load: async () => (await import('./reencrypt.js')).reencryptCommand(),
  },
  {
    name: 'offboard',
    summary: 'see through that somebody leaves: what they read, and what is to be done',
    load: async () => (await import('./offboard.js')).offboardCommand(),
  },
  {
    name: 'incident',
    summary: 'see through that a value leaked: revoke, remove, find out, tell',
    load: async () => (await import('./incident.js')).incidentCommand(),
  },
];
