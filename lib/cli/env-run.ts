import { resolve } from 'node:path';
import type { DotenvDelivery, Environment } from '../catalog';
import { deliverDotenv, inspectDotenv } from '../dotenv/deliver';
import { collectExampleValues } from '../dotenv/examples';
import type { DotenvPlan, PlannedFile, PlannedVariable } from '../dotenv/plan';
import { rotationNotes } from '../dotenv/rotation-notes';
import type { SecretValue } from '../values/secret-value';
import { usageError } from './errors';
import { printFindings, printFindingsJson } from './findings';
import { print, printJson } from './output';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { readSecret } from './secret-input';

/** Options of `nivesh-secrets env`, as commander gives them. */
export interface EnvFlags {
  readonly environment?: string;
  readonly directory?: string;
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly rotate: readonly string[];
  readonly set?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** Runs `nivesh-secrets env`. */
export async function runEnv(flags: EnvFlags): Promise<void> {
  if (flags.check && (flags.rotate.length > 0 || flags.set !== undefined)) {
    throw usageError('--check changes nothing, so --rotate and --set have no place beside it', 'use one of them');
  }
  if (flags.from !== undefined && flags.set === undefined) {
    throw usageError('--from was given without --set', 'name the variable: --set NAME');
  }
  const project = findProject();
  const environments = loadEnvironments(project);
  const environment = selectDelivered(environments, 'dotenv', flags.environment);
  const root = resolve(flags.directory ?? project.root);
  const examples = await collectExampleValues(environments, root);
  if (flags.check) {
    await check(environment, root, examples, flags);
    return;
  }
  const enter = await readEntered(flags);
  const plan = await deliverDotenv(environment, root, {
    examples,
    rotate: flags.rotate,
    enter,
    ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
  });
  const notes = rotationNotes(environment, flags.rotate);
  if (flags.json) {
    printJson({ environment: environment.name, dryRun: flags.dryRun ?? false, files: plan.files.map(report), notes });
    return;
  }
  show(environment, plan, flags);
  notes.forEach((note) => {
    print(`note: ${note}`);
  });
}

async function readEntered({ set, from }: EnvFlags): Promise<ReadonlyMap<string, SecretValue>> {
  return set === undefined ? new Map() : new Map([[set, await readSecret(from)]]);
}

async function check(
  environment: Environment<DotenvDelivery>,
  root: string,
  examples: ReadonlySet<string>,
  { json }: EnvFlags,
): Promise<void> {
  const { findings, plan } = await inspectDotenv(environment, root, examples);
  const waiting = plan.files.flatMap(({ path, variables }) =>
    variables.filter(isWaiting).map((variable) => ({ file: path, ...variable })),
  );
  if (json) {
    printFindingsJson({ environment: environment.name, findings, waiting });
    return;
  }
  waiting.forEach(({ file, ...variable }) => {
    print(`note: ${file}: ${describeWaiting(variable)}`);
  });
  printFindings(
    findings.map(({ file, message, fix }) => ({ place: file, message, fix })),
    `fine: ${plan.files.map(({ path }) => path).join(', ')}`,
  );
}

function isWaiting({ action }: PlannedVariable): boolean {
  return action === 'waiting';
}

function describeWaiting({ name, issuedBy = [] }: PlannedVariable): string {
  return `${name} is issued by ${issuedBy.join(', ')}: set it yourself with --set ${name}`;
}

function report({ path, base, variables, added, undeclared }: PlannedFile): unknown {
  return { path, base, variables, added, undeclared };
}

function show({ delivery }: Environment<DotenvDelivery>, { files }: DotenvPlan, { dryRun }: EnvFlags): void {
  for (const { path, base, variables, added, undeclared, before, content } of files) {
    const changed = before?.reveal() !== content.reveal();
    const how = { current: changed ? 'changed' : 'kept as it is', example: 'made from its example', nothing: 'made' }[
      base
    ];
    const example = delivery.files.find((file) => file.path === path)?.example;
    if (base === 'nothing' && example !== undefined) {
      print(`note: ${path} begins empty, because its example ${example} does not exist`);
    }
    print(`${path}: ${dryRun && changed ? 'would be ' : ''}${how}`);
    for (const variable of variables.filter(({ action, weak }) => action !== 'kept' || weak !== undefined)) {
      print(`  ${describe(variable)}`);
    }
    added.forEach((name) => {
      print(`  added      ${name}, as in the example`);
    });
    undeclared.forEach((name) => {
      print(`  undeclared ${name}: it has an example value, and the catalog does not fill it in this file`);
    });
  }
}

function describe(variable: PlannedVariable): string {
  switch (variable.action) {
    case 'waiting':
      return `waiting    ${describeWaiting(variable)}`;
    case 'kept':
      return `weak       ${variable.name}: ${variable.weak ?? ''}`;
    default:
      return `${variable.action.padEnd(10)} ${variable.name}`;
  }
}
