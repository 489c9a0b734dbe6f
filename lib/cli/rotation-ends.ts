import { type Catalog, fieldId, FieldReference, secretsOfCatalog } from '../catalog';
import { lastRotation } from '../rotation/journal-state';
import { readJournal } from '../rotation/journal';
import type { KvEngine } from '../vault/kv';

/** `path.field` to the end of its last rotation, from the journals. */
export async function rotationEnds(kv: KvEngine, catalog: Catalog): Promise<Map<string, Date>> {
  const ends = new Map<string, Date>();
  for (const secret of secretsOfCatalog(catalog)) {
    for (const [name, declaration] of secret.fields) {
      const { record } = await readJournal(kv, new FieldReference(secret, name, declaration));
      const last = record && lastRotation(record);
      if (last) {
        ends.set(fieldId(secret, name), last.finishedAt);
      }
    }
  }
  return ends;
}
