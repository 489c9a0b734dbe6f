import { collectExampleValues } from '../dotenv/examples';
import { refuseExamples } from '../values/refuse-examples';
import { KvEngine } from '../vault/kv';
import { type IssuedValues, planSeed, seed, type SeedStep } from '../vault/seed';
import { connectVault } from './connections';
import { exitCode, usageError } from './errors';
import { print, printJson, table } from './output';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { readSecretFromStdin, readSecretMap } from './secret-input';

/** Options of `nivesh-secrets seed`, as commander gives them. */
export interface SeedFlags {
  readonly environment: string;
  readonly set?: string;
  readonly input?: string;
  readonly plan?: boolean;
  readonly json?: boolean;
}

const words: Record<SeedStep['action'], [done: string, planned: string]> = {
  exists: ['kept', 'keep'],
  generate: ['generated', 'generate'],
  enter: ['entered', 'enter'],
  wait: ['missing', 'missing'],
};

/** Runs `nivesh-secrets seed`. */
export async function runSeed(flags: SeedFlags): Promise<void> {
  const project = findProject();
  const environments = loadEnvironments(project);
  const environment = selectDelivered(environments, 'externalSecrets', flags.environment);
  const refuse = refuseExamples(environment, await collectExampleValues(environments, project.root));
  const issued = await readIssued(flags);
  const client = await connectVault(environment);
  try {
    const kv = new KvEngine(client, environment.delivery.vault.mount);
    const steps = await (flags.plan ? planSeed : seed)(environment.catalog, kv, { issued, refuse });
    show(steps, issued, flags);
    if (steps.some(({ action }) => action === 'wait')) {
      process.exitCode = exitCode.findings;
    }
  } finally {
    await client.close();
  }
}

async function readIssued({ set, input }: SeedFlags): Promise<IssuedValues> {
  if (set !== undefined && input !== undefined) {
    throw usageError('--set and --input were both given', 'use one of them');
  }
  if (set !== undefined) {
    return new Map([[set, await readSecretFromStdin()]]);
  }
  return input === undefined ? new Map() : await readSecretMap(input);
}

function show(steps: readonly SeedStep[], issued: IssuedValues, { plan, json }: SeedFlags): void {
  if (json) {
    printJson(steps);
    return;
  }
  const rows = steps.map((step) => [step.path, step.field, words[step.action][plan ? 1 : 0], remark(step, issued)]);
  print(table(['PATH', 'FIELD', plan ? 'PLAN' : 'DONE', ''], rows));
}

function remark({ path, field, action, issuedBy }: SeedStep, issued: IssuedValues): string {
  const id = `${path}.${field}`;
  if (action === 'exists' && issued.has(id)) {
    return 'Vault has a value already, so the entered one was left out';
  }
  return action === 'wait' && issuedBy !== undefined ? `issued by ${issuedBy}: --set ${id}` : '';
}
