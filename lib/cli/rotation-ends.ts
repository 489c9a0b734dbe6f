import type { Catalog } from '../catalog';
import { readJournal } from '../rotation/journal';
import { lastRotation } from '../rotation/journal-state';
import { rotatableFields } from '../rotation/rotatable-fields';
import type { KvEngine } from '../vault/kv';

/** `path.field` to the end of its last rotation, from the journals. */
export async function rotationEnds(kv: KvEngine, catalog: Catalog): Promise<Map<string, Date>> {
  const ends = await Promise.all(
    rotatableFields(catalog).map(async (field): Promise<[string, Date][]> => {
      const { record } = await readJournal(kv, field);
      const last = record && lastRotation(record);
      return last ? [[field.id, last.finishedAt]] : [];
    }),
  );
  return new Map(ends.flat());
}
