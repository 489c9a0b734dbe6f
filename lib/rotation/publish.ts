import type { SecretValue } from '../values/secret-value';
import { CheckAndSetError, type KvData } from '../vault/kv';
import { beginAnew } from './begin-anew';
import { RotationError } from './errors';
import type { PhaseFacts, PhaseResult, RotationContext } from './strategy';
import type { PublishedVersion } from './value-delivery';

/** See {@link publishOnce}. */
export interface PublishOptions {
  /** Phase that publishes; its facts keep what has been written. */
  readonly phase: string;
  /** Fields of the secret that change. Each of them must change. */
  readonly fields: readonly string[];
  /** New values, from the fields of the current version. Called again when somebody else has written meanwhile. */
  readonly values: (current: Readonly<Record<string, string>>) => Readonly<Record<string, SecretValue>>;
}

/** How often a write is tried again when somebody else writes at the same time. */
const attempts = 10;

/**
 * Writes new values of some fields of the rotated secret, once in a phase however often the phase is run, and keeps the
 * others. The journal holds version numbers only: `base`, the version that is replaced, before the write, and `version`
 * after it. A run that died between the two finds out by comparing the versions. Where somebody else wrote at the same
 * time, perhaps a run that was overtaken, `replaces` keeps the first base: what worked before this rotation. Where the
 * values were taken back, as a failed rollout does, the same ones are written again, but over nothing that somebody else
 * has written since.
 */
export async function publishOnce(context: RotationContext, options: PublishOptions): Promise<PublishedVersion> {
  const written = await writtenVersion(context, options);
  return written ? await writeAgain(context, options, written) : await publishAnew(context, options);
}

/** As {@link publishOnce}, and brings the values to what reads them. */
export async function publishAndDeliver(
  context: RotationContext,
  options: PublishOptions,
): Promise<PhaseResult & { readonly done: true }> {
  const written = await publishOnce(context, options);
  await context.delivery.deliver(written);
  return { done: true, facts: { version: written.version } };
}

/** The version that holds what a phase replaces; nothing before it publishes. */
export function replacedVersion({ base, replaces = base }: PhaseFacts): number | undefined {
  return typeof replaces === 'number' ? replaces : undefined;
}

/** The version that an earlier run of the phase wrote; nothing where none did. */
export async function writtenVersion(
  context: RotationContext,
  { phase, fields }: Pick<PublishOptions, 'phase' | 'fields'>,
): Promise<number | undefined> {
  const { version, base } = context.factsOf(phase);
  if (typeof version === 'number') {
    return version;
  }
  if (typeof base !== 'number') {
    return undefined;
  }
  const { path } = context.field.secret;
  const [before, after] = await Promise.all([
    context.kv.readVersion(path, base),
    context.kv.readVersion(path, base + 1),
  ]);
  // Only the rotation of a field changes it, so a next version in which it differs is ours.
  return before && after && !same(before, after, fields) ? base + 1 : undefined;
}

/** Writes new values also where the journal takes the current ones for its own, for values that are known not to work. */
export async function publishAnew(context: RotationContext, options: PublishOptions): Promise<PublishedVersion> {
  for (let attempt = 1; ; attempt++) {
    const current = await readCurrent(context);
    const first = replacedVersion(context.factsOf(options.phase)) ?? current.version;
    await context.remember({ base: current.version, ...(first === current.version ? {} : { replaces: first }) });
    try {
      const values = Object.entries(options.values(current.data)).map(
        ([field, value]) => [field, value.reveal()] as const,
      );
      return await patch(context, options, current, Object.fromEntries(values), first);
    } catch (error) {
      if (!(error instanceof CheckAndSetError) || attempt === attempts) {
        throw error;
      }
    }
  }
}

async function writeAgain(
  context: RotationContext,
  options: PublishOptions,
  version: number,
): Promise<PublishedVersion> {
  const { path } = context.field.secret;
  const facts = context.factsOf(options.phase);
  const replaced = replacedVersion(facts);
  const [wanted, before] = await Promise.all([
    context.kv.readVersion(path, version),
    replaced === undefined ? undefined : context.kv.readVersion(path, replaced),
  ]);
  for (let attempt = 1; ; attempt++) {
    const current = await readCurrent(context);
    if (!wanted || same(wanted, current, options.fields)) {
      return await alreadyWritten(context, options, version, current);
    }
    // A field that did not exist before keeps its new value when the others are taken back.
    const back = before && {
      version: before.version,
      data: { ...pickFields(wanted.data, options.fields), ...before.data },
    };
    if (back && !same(back, current, options.fields)) {
      throw writtenOutside(context, version, current.version);
    }
    context.report(`${context.field.id}: version ${version} was taken back, writing its values again`);
    const { version: base } = current;
    await context.remember({ base, ...(facts.replaces === undefined ? {} : { replaces: base }) });
    try {
      const values = options.fields.map((field) => [field, wanted.data[field] ?? ''] as const);
      return await patch(context, options, current, Object.fromEntries(values));
    } catch (error) {
      if (!(error instanceof CheckAndSetError) || attempt === attempts) {
        throw error;
      }
    }
  }
}

/** Version and base belong together: a run that wrote the values again may have died before it said so. */
async function alreadyWritten(
  context: RotationContext,
  options: PublishOptions,
  version: number,
  current: KvData,
): Promise<PublishedVersion> {
  const facts = context.factsOf(options.phase);
  const before = typeof facts.base === 'number' ? facts.base : version - 1;
  const holding = Math.max(version, Math.min(before + 1, current.version));
  await context.remember({ version: holding });
  return published(context, options, holding, replacedVersion(facts) ?? before);
}

async function patch(
  context: RotationContext,
  options: PublishOptions,
  { version: base }: KvData,
  data: Readonly<Record<string, string>>,
  replaced = base,
): Promise<PublishedVersion> {
  const version = await context.kv.patch(context.field.secret.path, base, data);
  await context.remember({ version });
  return published(context, options, version, replaced);
}

function published(
  { id, field }: RotationContext,
  { phase, fields }: PublishOptions,
  version: number,
  previousVersion: number,
): PublishedVersion {
  return { path: field.secret.path, fields, version, previousVersion, label: `${id}.${phase}.${version}` };
}

async function readCurrent({ kv, field }: RotationContext): Promise<KvData> {
  const current = await kv.read(field.secret.path);
  if (!current) {
    throw new RotationError(
      `${kv.mount}/${field.secret.path} has no current version; it was there when it was checked`,
      `see "vault kv metadata get -mount=${kv.mount} ${field.secret.path}", bring it back with "vault kv undelete", then start the same command again`,
    );
  }
  return current;
}

function writtenOutside(context: RotationContext, ours: number, theirs: number): RotationError {
  const { field, kv } = context;
  return new RotationError(
    `somebody else has changed ${field.id} since this rotation wrote version ${ours} of ${kv.mount}/${field.secret.path}; version ${theirs} stays as it is`,
    `find out who; then ${beginAnew(context)}`,
  );
}

/** Some fields of a version, where it has them. */
export function pickFields(
  data: Readonly<Record<string, string>> = {},
  fields: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.flatMap((field) => (data[field] === undefined ? [] : [[field, data[field]]])));
}

function same(a: KvData, b: KvData, fields: readonly string[]): boolean {
  return fields.every((field) => a.data[field] === b.data[field]);
}
