import { CheckAndSetError, type KvEngine } from '../vault/kv';
import { pickFields } from './publish';
import type { PublishedVersion } from './value-delivery';

/** Which values the fields of a published version have now. */
export interface PublishedState {
  /** `other`: somebody has written something else since, or a version is gone. */
  readonly values: 'new' | 'old' | 'other';
  /** The current version of the path. */
  readonly version: number;
}

/** Compares the current values with those that were published and those before. */
export async function publishedState(kv: KvEngine, published: PublishedVersion): Promise<PublishedState> {
  return (await readVersions(kv, published)).state;
}

/**
 * Writes the values of before again, of these fields only, over the values that were published and over nothing else. A
 * field that did not exist before keeps its new value: without it, nothing could be delivered any more.
 * @returns the version that holds them; nothing where somebody has written something else since
 */
export async function republish(kv: KvEngine, published: PublishedVersion): Promise<number | undefined> {
  for (;;) {
    const { state, before } = await readVersions(kv, published);
    if (state.values === 'other' || Object.keys(before).length === 0) {
      return undefined;
    }
    if (state.values === 'old') {
      return state.version;
    }
    try {
      return await kv.patch(published.path, state.version, before);
    } catch (error) {
      // Another field of the path was written meanwhile, or one of these: look again.
      if (!(error instanceof CheckAndSetError)) {
        throw error;
      }
    }
  }
}

interface Versions {
  readonly state: PublishedState;
  /** Values of the fields before, where they had one. */
  readonly before: Values;
}

async function readVersions(kv: KvEngine, published: PublishedVersion): Promise<Versions> {
  const { path, fields, version, previousVersion } = published;
  const [current, atNew, atOld] = await Promise.all([
    kv.read(path),
    kv.readVersion(path, version),
    kv.readVersion(path, previousVersion),
  ]);
  const now = pickFields(current?.data, fields);
  const before = pickFields(atOld?.data, fields);
  const isNew = atNew !== undefined && isSame(now, pickFields(atNew.data, fields));
  const isOld = Object.keys(before).length > 0 && holds(now, before);
  return { state: { values: isNew ? 'new' : isOld ? 'old' : 'other', version: current?.version ?? 0 }, before };
}

type Values = Readonly<Record<string, string>>;

function isSame(a: Values, b: Values): boolean {
  return Object.keys(a).length === Object.keys(b).length && holds(a, b);
}

function holds(data: Values, values: Values): boolean {
  return Object.entries(values).every(([field, value]) => data[field] === value);
}
